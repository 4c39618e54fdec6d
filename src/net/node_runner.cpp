#include "pond/net/node_runner.hpp"

#include <array>
#include <chrono>
#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pond/net/os.hpp"

#include "endpoints.hpp"
#include "link.hpp"
#include "listeners.hpp"
#include "resolver.hpp"
#include "spare_memory.hpp"
#include "tcp_link.hpp"
#include "ws_link.hpp"

namespace pond::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using swarm::ConnId;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr Duration kHousekeepingInterval = 10s;
constexpr std::int64_t kWallStep_ms = 500;  ///< a wall clock that is off by more was set, not merely disciplined

}  // namespace

struct NodeRunner::Impl final : LinkHost {
  Impl(asio::io_context& the_io, node::Node& the_node, Listener the_listener)
      : io(the_io),
        node(the_node),
        listener(std::move(the_listener)),
        listeners(the_io),
        lingering_sockets(the_io, [this] { stopped(); }),
        resolver(the_io),
        timer(the_io),
        stop_timer(the_io) {}

  void adopt(tcp::socket socket, Transport transport);
  void open(const swarm::OpenSocket& request);
  void write(ConnId id);
  void close(swarm::CloseSocket& request);
  [[nodiscard]] std::shared_ptr<Link> make_link(ConnId id, tcp::socket socket, Transport transport);

  void resolve(const swarm::Resolve& request);
  void pump();
  void dispatch(node::Output& output);
  void arm();
  void housekeeping();
  void stopped();

  void enter() override { now = monotonic_now(); }
  void leave() override { pump(); }
  void dialed(ConnId conn, Result<wire::Multiaddr> local) override;
  void received(ConnId conn, BytesView bytes) override;
  void lost(ConnId conn, const Error& why) override;
  [[nodiscard]] std::size_t produce(ConnId conn, Bytes& out) override;
  [[nodiscard]] std::span<std::uint8_t> read_buffer() override { return shared_read_buffer; }
  [[nodiscard]] LingeringSockets& lingering() override { return lingering_sockets; }

  asio::io_context& io;
  node::Node& node;
  Listener listener;
  Listeners listeners;
  LingeringSockets lingering_sockets;
  Resolver resolver;
  asio::steady_timer timer;
  asio::steady_timer stop_timer;
  std::optional<Instant> armed;
  Instant now{};
  std::unordered_map<ConnId, std::shared_ptr<Link>> links;
  std::vector<ConnId> to_write;
  std::array<std::uint8_t, kReadBytes> shared_read_buffer{};
  WallAnchor wall = wall_anchor();
  Instant next_housekeeping{};
  SpareMemory spare_memory;
  bool pumping = false;
  std::function<void()> on_stopped;
};

NodeRunner::NodeRunner(asio::io_context& io, node::Node& node, Listener listener)
    : impl_(std::make_unique<Impl>(io, node, std::move(listener))) {
}
NodeRunner::~NodeRunner() = default;

std::expected<void, ListenError> NodeRunner::listen(const std::vector<wire::Multiaddr>& addresses) {
  return impl_->listeners.listen(addresses);
}

std::vector<wire::Multiaddr> NodeRunner::listening() const {
  return impl_->listeners.addresses();
}

void NodeRunner::start() {
  impl_->now = monotonic_now();
  impl_->next_housekeeping = impl_->now + kHousekeepingInterval;
  impl_->node.start(listening(), impl_->now);
  impl_->listeners.start([self = impl_.get()](tcp::socket socket, Transport transport) {
    self->enter();
    self->adopt(std::move(socket), transport);
    self->leave();
  });
  impl_->pump();
}

void NodeRunner::with(const std::function<void(node::Node&, Instant)>& use) {
  impl_->now = monotonic_now();
  use(impl_->node, impl_->now);
  impl_->pump();
}

std::shared_ptr<Link> NodeRunner::Impl::make_link(ConnId id, tcp::socket socket, Transport transport) {
  std::shared_ptr<Link> link = transport == Transport::kWs ? make_ws_link(*this, id, std::move(socket))
                                                           : std::make_shared<TcpLink>(*this, id, std::move(socket));
  links.emplace(id, link);
  return link;
}

/// A WebSocket counts as a connection from here on: the bounds of half-open ones and of a handshake's time hold for
/// its HTTP request too.
void NodeRunner::Impl::adopt(tcp::socket socket, Transport transport) {
  error_code error;
  const tcp::endpoint local = socket.local_endpoint(error);
  const tcp::endpoint remote = error ? tcp::endpoint{} : socket.remote_endpoint(error);
  if (error) {
    return;  // gone already
  }
  const ConnId id = node.accept(to_multiaddr(local, transport), to_multiaddr(remote, transport), now);
  make_link(id, std::move(socket), transport)->accept();
}

void NodeRunner::Impl::open(const swarm::OpenSocket& request) {
  const std::optional<tcp::endpoint> endpoint = to_endpoint(request.address);
  if (!endpoint) {
    dialed(request.conn, fail(Errc::kInvalidArgument, "not a TCP address"));
    return;
  }
  const Transport transport = wire::tcp_target(request.address)->transport;
  make_link(request.conn, tcp::socket{io}, transport)->dial(*endpoint, request.name);
}

void NodeRunner::Impl::dialed(ConnId conn, Result<wire::Multiaddr> local) {
  if (!local) {
    links.erase(conn);
  }
  node.handle(swarm::DialResult{.conn = conn, .local = std::move(local)}, now);
}

void NodeRunner::Impl::received(ConnId conn, BytesView bytes) {
  node.handle(swarm::Received{.conn = conn, .bytes = bytes}, now);
}

void NodeRunner::Impl::lost(ConnId conn, const Error& why) {
  links.erase(conn);
  node.handle(swarm::SocketClosed{.conn = conn, .why = why}, now);
}

std::size_t NodeRunner::Impl::produce(ConnId conn, Bytes& out) {
  return node.produce(conn, out, kWriteBytes, now);
}

void NodeRunner::Impl::write(ConnId id) {
  if (const auto found = links.find(id); found != links.end()) {
    const std::shared_ptr<Link> link = found->second;  // it may be lost in the middle of this
    link->write();
  }
}

void NodeRunner::Impl::close(swarm::CloseSocket& request) {
  if (const auto found = links.find(request.conn); found != links.end()) {
    found->second->close(std::move(request.last_bytes));
    links.erase(found);
  }
}

void NodeRunner::Impl::resolve(const swarm::Resolve& request) {
  resolver.resolve(request.name, request.kind, [this, query = request.query](Result<std::vector<std::string>> answers) {
    // c-ares may answer at once: never in the middle of what the node is doing.
    asio::post(io, [this, query, answers = std::move(answers)]() mutable {
      now = monotonic_now();
      node.handle(swarm::Resolved{.query = query, .answers = std::move(answers)}, now);
      pump();
    });
  });
}

/// Carries out everything that the node wants, and only then writes: what belongs to one connection leaves together.
void NodeRunner::Impl::pump() {
  if (pumping) {
    return;
  }
  pumping = true;
  for (;;) {
    while (std::optional<node::Output> output = node.poll(now)) {
      dispatch(*output);
    }
    if (to_write.empty()) {
      break;
    }
    std::vector<ConnId> writing;
    std::swap(writing, to_write);
    for (const ConnId id : writing) {
      write(id);
    }
  }
  pumping = false;
  arm();
}

void NodeRunner::Impl::dispatch(node::Output& output) {
  if (auto* request = std::get_if<swarm::WantsWrite>(&output)) {
    to_write.push_back(request->conn);
  } else if (auto* opened = std::get_if<swarm::OpenSocket>(&output)) {
    open(*opened);
  } else if (auto* closed = std::get_if<swarm::CloseSocket>(&output)) {
    close(*closed);
  } else if (auto* name = std::get_if<swarm::Resolve>(&output)) {
    resolve(*name);
  } else {
    listener(output);
  }
}

void NodeRunner::Impl::arm() {
  std::optional<Instant> when = node.next_deadline();
  when = when ? std::min(*when, next_housekeeping) : next_housekeeping;
  if (armed == when) {
    return;
  }
  armed = when;
  timer.expires_at(std::chrono::steady_clock::time_point{when->time_since_epoch()});
  timer.async_wait([this](const error_code& error) {
    if (error) {
      return;
    }
    armed.reset();
    now = monotonic_now();
    housekeeping();
    node.handle_timeout(now);
    pump();
  });
}

void NodeRunner::Impl::housekeeping() {
  if (now < next_housekeeping) {
    return;
  }
  next_housekeeping = now + kHousekeepingInterval;
  spare_memory.give_back();
  const WallAnchor current = wall_anchor();
  const std::int64_t off_ms = current.wall(now).ms - wall.wall(now).ms;
  if (off_ms > kWallStep_ms || off_ms < -kWallStep_ms) {
    wall = current;
    node.set_wall(wall);
  }
}

void NodeRunner::stop(Duration at_most, std::function<void()> done) {
  Impl& self = *impl_;
  self.now = monotonic_now();
  self.listeners.close();
  self.node.shutdown(self.now);
  self.pump();
  self.on_stopped = std::move(done);
  self.stop_timer.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(at_most));
  self.stop_timer.async_wait([&self](const error_code& error) {
    if (!error && self.on_stopped) {
      std::exchange(self.on_stopped, nullptr)();
    }
  });
  self.stopped();
}

void NodeRunner::Impl::stopped() {
  if (lingering_sockets.none() && on_stopped) {
    asio::post(io, std::exchange(on_stopped, nullptr));
  }
}

}  // namespace pond::net
