#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "pond/net/os.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/swarm/swarm.hpp"

namespace pond::bench {

class Loop;

/// One libp2p identity of the load generator: a Swarm on plain sockets. What it is asked it answers as the smallest DHT
/// server would, so that it enters routing tables: identify, ping, kad PING, and FIND_NODE without peers.
class Host {
 public:
  Host(Loop& loop, bool serves_kad);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Connects and waits for identify; false when that fails within 30 s.
  [[nodiscard]] bool connect(const wire::Multiaddr& address);
  void hang_up();

  [[nodiscard]] std::optional<swarm::StreamRef> open();
  void send(swarm::StreamRef stream, BytesView frame);
  void close(swarm::StreamRef stream);

  /// Called with every whole answer on a stream that `open` gave.
  std::function<void(swarm::StreamRef, BytesView)> on_answer;

  [[nodiscard]] const wire::PeerId& id() const { return swarm_.self(); }

 private:
  friend class Loop;

  void readable(int fd);
  void writable(int fd);
  void pump();
  void on(swarm::Output& output);
  void dial(const swarm::OpenSocket& request);
  void write(swarm::ConnId conn);
  void drop(swarm::ConnId conn);
  void serve(swarm::StreamRef stream);

  struct Socket {
    int fd;
    bool connected = false;
    Bytes out;
    std::size_t sent = 0;
  };
  struct Reader;

  Loop& loop_;
  peers::PeerBook book_;
  swarm::Swarm swarm_;
  bool serves_kad_;
  bool identified_ = false;
  bool failed_ = false;
  std::optional<swarm::PeerHandle> peer_;
  std::unordered_map<swarm::ConnId, Socket> sockets_;
  std::unordered_map<int, swarm::ConnId> by_fd_;
  std::map<swarm::StreamRef, std::unique_ptr<Reader>> readers_;
};

/// epoll around any number of Hosts.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until `done` says so; false after 60 s without it.
  [[nodiscard]] bool until(const std::function<bool()>& done);

  net::OsRng rng;

 private:
  friend class Host;
  void add(int fd, Host& host, bool wants_write);
  void want_write(int fd, Host& host, bool wants_write);
  void remove(int fd);
  void timeouts();

  int epoll_;
  Instant next_timeouts_{};
  std::unordered_map<int, Host*> hosts_by_fd_;
  std::map<Host*, int> hosts_;
};

}  // namespace pond::bench
