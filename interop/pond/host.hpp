#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "pond/kad/records/validator.hpp"
#include "pond/net/node_runner.hpp"
#include "pond/net/os.hpp"
#include "pond/node/node.hpp"
#include "pond/store/memory_store.hpp"

#include "settings.hpp"

namespace pond::interop {

/// A pond node on an io_context of its own, used step by step: the node runs while one of these functions waits.
/// SIGTERM and SIGINT end any wait; the program then returns from main.
class Host {
 public:
  /// Listens at a free port of `ip`, or of nothing when it is empty. With `suffix` behind the port (`/ws`). Announces
  /// `also` behind that address.
  [[nodiscard]] static Outcome<std::unique_ptr<Host>> start(node::Config config, kad::Validators validators,
                                                            const std::string& ip, const std::string& suffix = {},
                                                            std::vector<wire::Multiaddr> also = {});
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] const wire::PeerId& id() const { return node_->self(); }
  /// Where it listens, with /p2p.
  [[nodiscard]] std::vector<wire::Multiaddr> addresses() const;
  [[nodiscard]] const crypto::PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] WallTime wall_now() const;

  [[nodiscard]] Outcome<kad::OpResult> run(kad::Operation operation, Duration timeout);
  [[nodiscard]] Outcome<swarm::PeerHandle> dial(const wire::Multiaddr& address, Duration timeout);
  [[nodiscard]] Outcome<Duration> ping(swarm::PeerHandle peer, Duration timeout);

  void set_mode(kad::Mode mode);

  /// Waits, serving. False when a signal ended it.
  bool wait_for(Duration time);
  /// Serves until a signal comes.
  void serve();
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }

 private:
  Host(const store::Limits& limits, const crypto::PrivateKey& key);
  void on(const node::Output& output);
  /// Runs the io_context until `done` says so, the time is over (false) or a signal comes (false).
  bool run_until(const std::function<bool()>& done, Duration timeout);

  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  net::OsRng rng_;
  crypto::PublicKey public_key_;
  std::unique_ptr<store::MemoryStore> store_;
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<net::NodeRunner> runner_;
  bool stopped_ = false;

  std::optional<node::OperationDone> operation_;
  std::optional<swarm::DialDone> dial_;
  std::optional<swarm::PingDone> ping_;
};

}  // namespace pond::interop
