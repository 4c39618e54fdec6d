#include "host.hpp"

#include <csignal>
#include <cstdio>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace pond::interop {
namespace {

constexpr Duration kStopWithin = 2s;
constexpr Duration kForever = 24h * 365;

/// One that nobody has at the moment; that it stays so is likely enough.
std::uint16_t free_port() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor probe{io, {boost::asio::ip::tcp::v4(), 0}};
  return probe.local_endpoint().port();
}

std::string text_of(const Error& error) {
  return std::string{name_of(error.code)} + ": " + std::string{error.what};
}

}  // namespace

Outcome<std::unique_ptr<Host>> Host::start(node::Config config, kad::Validators validators, const std::string& ip,
                                           const std::string& suffix, std::vector<wire::Multiaddr> also) {
  net::OsRng rng;
  auto key = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng);
  if (!key) {
    return std::unexpected(text_of(key.error()));
  }
  const std::uint16_t port = also.empty() || ip.empty() ? std::uint16_t{0} : free_port();
  const std::string where = (ip.contains(':') ? "/ip6/" : "/ip4/") + ip + "/tcp/" + std::to_string(port) + suffix;
  const auto address = wire::Multiaddr::parse(ip.empty() ? "/ip4/0.0.0.0" : where);
  if (!also.empty() && address) {
    config.announce = std::move(also);
    config.announce.insert(config.announce.begin(), *address);
  }
  std::unique_ptr<Host> host{new Host{config.limits.store, *key}};
  auto made = node::Node::make(std::move(config), *std::move(key), *host->store_, host->rng_, net::wall_anchor(),
                               net::monotonic_now(), std::move(validators));
  if (!made) {
    return std::unexpected(text_of(made.error()));
  }
  host->node_ = *std::move(made);
  host->runner_ = std::make_unique<net::NodeRunner>(
      host->io_, *host->node_, [self = host.get()](const node::Output& output) { self->on(output); });
  if (!ip.empty()) {
    const auto listening = address ? host->runner_->listen({*address})
                                   : std::unexpected(net::ListenError{.address = ip, .reason = "no IP address"});
    if (!listening) {
      return std::unexpected("cannot listen on " + listening.error().address + ": " + listening.error().reason);
    }
  }
  host->runner_->start();
  return host;
}

Host::Host(const store::Limits& limits, const crypto::PrivateKey& key)
    : signals_(io_, SIGINT, SIGTERM),
      public_key_(key.public_key()),
      store_(std::make_unique<store::MemoryStore>(limits, wire::PeerId::from_public_key(key.public_key()))) {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) {
      stopped_ = true;
      io_.stop();
    }
  });
}

Host::~Host() {
  if (runner_ == nullptr) {
    return;
  }
  signals_.cancel();
  io_.restart();
  bool done = false;
  runner_->stop(kStopWithin, [&] { done = true; });
  while (!done && io_.run_one() != 0) {
  }
}

void Host::on(const node::Output& output) {
  if (const auto* operation = std::get_if<node::OperationDone>(&output)) {
    operation_ = *operation;
  } else if (const auto* dial = std::get_if<swarm::DialDone>(&output)) {
    dial_ = *dial;
  } else if (const auto* ping = std::get_if<swarm::PingDone>(&output)) {
    ping_ = *ping;
  } else if (const auto* line = std::get_if<node::LogLine>(&output)) {
    std::fprintf(stderr, "%s\n", line->text.c_str());
  }
}

std::vector<wire::Multiaddr> Host::addresses() const {
  std::vector<wire::Multiaddr> all = runner_->listening();
  for (wire::Multiaddr& address : all) {
    address = address.with_peer_id(id());
  }
  return all;
}

WallTime Host::wall_now() const {
  return net::wall_anchor().wall(net::monotonic_now());
}

bool Host::run_until(const std::function<bool()>& done, Duration timeout) {
  boost::asio::steady_timer timer{io_};
  bool late = false;
  timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(timeout));
  timer.async_wait([&](const boost::system::error_code& error) { late = !error; });
  while (!stopped_ && !late && !done()) {
    io_.run_one();
  }
  timer.cancel();
  io_.poll();  // the cancelled timer's handler refers to this frame
  return !stopped_ && done();
}

Outcome<kad::OpResult> Host::run(kad::Operation operation, Duration timeout) {
  operation_.reset();
  kad::OpId op{};
  runner_->with([&](node::Node& node, Instant now) { op = node.run(std::move(operation), timeout, now); });
  if (!run_until([&] { return operation_ && operation_->op == op; }, timeout + 1s)) {
    return std::unexpected(stopped_ ? "stopped" : "the operation did not end");
  }
  kad::OpResult result = std::move(operation_->result);
  if (result.error) {
    return std::unexpected(text_of(*result.error));
  }
  return result;
}

Outcome<swarm::PeerHandle> Host::dial(const wire::Multiaddr& address, Duration timeout) {
  dial_.reset();
  swarm::DialId dial{};
  runner_->with([&](node::Node& node, Instant now) { dial = node.dial(address, now + timeout, now); });
  if (!run_until([&] { return dial_ && dial_->dial == dial; }, timeout + 1s)) {
    return std::unexpected(stopped_ ? "stopped" : "the dial did not end");
  }
  if (!dial_->peer) {
    return std::unexpected(text_of(dial_->peer.error()));
  }
  return *dial_->peer;
}

Outcome<Duration> Host::ping(swarm::PeerHandle peer, Duration timeout) {
  ping_.reset();
  runner_->with([&](node::Node& node, Instant now) { node.ping(peer, now); });
  if (!run_until([&] { return ping_ && ping_->peer == peer; }, timeout)) {
    return std::unexpected(stopped_ ? "stopped" : "no answer to the ping");
  }
  if (!ping_->round_trip) {
    return std::unexpected(text_of(ping_->round_trip.error()));
  }
  return *ping_->round_trip;
}

void Host::set_mode(kad::Mode mode) {
  runner_->with([&](node::Node& node, Instant now) { node.set_mode(mode, now); });
}

bool Host::wait_for(Duration time) {
  run_until([] { return false; }, time);
  return !stopped_;
}

void Host::serve() {
  run_until([] { return false; }, kForever);
}

}  // namespace pond::interop
