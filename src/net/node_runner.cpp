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
#include "lingering.hpp"
#include "listeners.hpp"
#include "resolver.hpp"

namespace pond::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using swarm::ConnId;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kWriteBytes = 64 * 1024;
/// Reads of one socket in a row, so that a fast sender does not starve the others.
constexpr int kReadsInARow = 4;
constexpr Duration kWallCheckInterval = 10s;
constexpr std::int64_t kWallStep_ms = 500;  ///< a wall clock that is off by more was set, not merely disciplined

}  // namespace

struct NodeRunner::Impl {
  Impl(asio::io_context& the_io, node::Node& the_node, Listener the_listener)
      : io(the_io),
        node(the_node),
        listener(std::move(the_listener)),
        listeners(the_io),
        lingering(the_io, [this] { stopped(); }),
        resolver(the_io),
        timer(the_io),
        stop_timer(the_io) {}

  struct Socket {
    explicit Socket(tcp::socket the_socket) : socket(std::move(the_socket)) {}
    tcp::socket socket;
    Bytes out;
    std::size_t sent = 0;  // of `out`
    bool waits_to_write = false;
  };
  void adopt(tcp::socket socket);
  void open(const swarm::OpenSocket& request);
  void wait_read(ConnId id);
  void read(ConnId id);
  void write(ConnId id);
  void wait_write(ConnId id);
  void lost(ConnId id, const error_code& error);
  void close(swarm::CloseSocket& request);
  void resolve(const swarm::Resolve& request);
  void pump();
  void dispatch(node::Output& output);
  void arm();
  void check_wall();
  void stopped();

  asio::io_context& io;
  node::Node& node;
  Listener listener;
  Listeners listeners;
  LingeringSockets lingering;
  Resolver resolver;
  asio::steady_timer timer;
  asio::steady_timer stop_timer;
  std::optional<Instant> armed;
  Instant now{};
  std::unordered_map<ConnId, std::unique_ptr<Socket>> sockets;
  std::vector<ConnId> to_write;
  std::array<std::uint8_t, kReadBytes> read_buffer{};
  WallAnchor wall = wall_anchor();
  Instant next_wall_check{};
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
  impl_->next_wall_check = impl_->now + kWallCheckInterval;
  impl_->node.start(listening(), impl_->now);
  impl_->listeners.start([self = impl_.get()](tcp::socket socket) {
    self->now = monotonic_now();
    self->adopt(std::move(socket));
    self->pump();
  });
  impl_->pump();
}

void NodeRunner::with(const std::function<void(node::Node&, Instant)>& use) {
  impl_->now = monotonic_now();
  use(impl_->node, impl_->now);
  impl_->pump();
}

void NodeRunner::Impl::adopt(tcp::socket socket) {
  error_code error;
  const tcp::endpoint local = socket.local_endpoint(error);
  const tcp::endpoint remote = error ? tcp::endpoint{} : socket.remote_endpoint(error);
  if (error) {
    return;  // gone already
  }
  socket.non_blocking(true, error);
  socket.set_option(tcp::no_delay{true}, error);
  const ConnId id = node.accept(to_multiaddr(local), to_multiaddr(remote), now);
  sockets.emplace(id, std::make_unique<Socket>(std::move(socket)));
  wait_read(id);
}

void NodeRunner::Impl::open(const swarm::OpenSocket& request) {
  const std::optional<tcp::endpoint> endpoint = to_endpoint(request.address);
  const ConnId id = request.conn;
  if (!endpoint) {
    node.handle(swarm::DialResult{.conn = id, .local = fail(Errc::kInvalidArgument, "not a TCP address")}, now);
    return;
  }
  auto& socket = sockets.emplace(id, std::make_unique<Socket>(tcp::socket{io})).first->second->socket;
  socket.async_connect(*endpoint, [this, id](const error_code& error) {
    const auto found = sockets.find(id);
    if (found == sockets.end()) {
      return;
    }
    now = monotonic_now();
    error_code local_error;
    tcp::socket& connected = found->second->socket;
    if (error) {
      sockets.erase(found);
      node.handle(swarm::DialResult{.conn = id, .local = std::unexpected(to_error(error))}, now);
    } else {
      connected.non_blocking(true, local_error);
      connected.set_option(tcp::no_delay{true}, local_error);
      const tcp::endpoint local = connected.local_endpoint(local_error);
      wait_read(id);
      node.handle(swarm::DialResult{.conn = id, .local = to_multiaddr(local)}, now);
    }
    pump();
  });
}

void NodeRunner::Impl::wait_read(ConnId id) {
  sockets.at(id)->socket.async_wait(tcp::socket::wait_read, [this, id](const error_code& error) {
    if (!error && sockets.contains(id)) {
      now = monotonic_now();
      read(id);
      pump();
    }
  });
}

void NodeRunner::Impl::read(ConnId id) {
  for (int i = 0; i < kReadsInARow; ++i) {
    const auto found = sockets.find(id);
    if (found == sockets.end()) {
      return;
    }
    error_code error;
    const std::size_t bytes = found->second->socket.read_some(asio::buffer(read_buffer), error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      break;
    }
    if (error) {
      lost(id, error);
      return;
    }
    node.handle(swarm::Received{.conn = id, .bytes = BytesView{read_buffer}.first(bytes)}, now);
    if (bytes < read_buffer.size()) {
      break;
    }
  }
  if (sockets.contains(id)) {
    wait_read(id);
  }
}

void NodeRunner::Impl::lost(ConnId id, const error_code& error) {
  sockets.erase(id);
  node.handle(swarm::SocketClosed{.conn = id, .why = to_error(error)}, now);
}

void NodeRunner::Impl::write(ConnId id) {
  const auto found = sockets.find(id);
  if (found == sockets.end() || found->second->waits_to_write) {
    return;
  }
  Socket& socket = *found->second;
  for (;;) {
    if (socket.sent == socket.out.size()) {
      socket.out.clear();
      socket.sent = 0;
      if (node.produce(id, socket.out, kWriteBytes, now) == 0) {
        if (socket.out.capacity() > kWriteBytes / 16) {
          Bytes{}.swap(socket.out);  // an idle connection keeps no buffer
        }
        return;
      }
    }
    error_code error;
    const std::size_t bytes =
        socket.socket.write_some(asio::buffer(socket.out.data() + socket.sent, socket.out.size() - socket.sent), error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      wait_write(id);
      return;
    }
    if (error) {
      lost(id, error);
      return;
    }
    socket.sent += bytes;
  }
}

void NodeRunner::Impl::wait_write(ConnId id) {
  Socket& socket = *sockets.at(id);
  socket.waits_to_write = true;
  socket.socket.async_wait(tcp::socket::wait_write, [this, id](const error_code& error) {
    const auto found = sockets.find(id);
    if (error || found == sockets.end()) {
      return;
    }
    now = monotonic_now();
    found->second->waits_to_write = false;
    write(id);
    pump();
  });
}

void NodeRunner::Impl::close(swarm::CloseSocket& request) {
  const auto found = sockets.find(request.conn);
  if (found == sockets.end()) {
    return;
  }
  Socket& socket = *found->second;
  Bytes bytes{socket.out.begin() + static_cast<std::ptrdiff_t>(socket.sent), socket.out.end()};
  append(bytes, request.last_bytes);
  lingering.add(std::move(socket.socket), std::move(bytes));
  sockets.erase(found);
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
  when = when ? std::min(*when, next_wall_check) : next_wall_check;
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
    check_wall();
    node.handle_timeout(now);
    pump();
  });
}

void NodeRunner::Impl::check_wall() {
  if (now < next_wall_check) {
    return;
  }
  next_wall_check = now + kWallCheckInterval;
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
  if (lingering.none() && on_stopped) {
    asio::post(io, std::exchange(on_stopped, nullptr));
  }
}

}  // namespace pond::net
