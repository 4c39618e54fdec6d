#include "pond/net/node_runner.hpp"

#include <array>
#include <chrono>
#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pond/net/os.hpp"

#include "interfaces.hpp"
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
/// Sockets that may still be sending their last bytes; beyond it they are closed at once.
constexpr std::size_t kMaxLingering = 256;
constexpr auto kLinger = std::chrono::seconds{1};
constexpr auto kAcceptPause = std::chrono::milliseconds{100};
constexpr Duration kWallCheckInterval = 10s;
constexpr std::int64_t kWallStep_ms = 500;  ///< a wall clock that is off by more was set, not merely disciplined

wire::Multiaddr to_multiaddr(const tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  const std::string text =
      is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string() : address.to_string();
  return wire::tcp_multiaddr(text, endpoint.port()).value_or(wire::Multiaddr{});
}

std::optional<tcp::endpoint> to_endpoint(const wire::Multiaddr& address) {
  const std::optional<wire::TcpTarget> target = wire::tcp_target(address);
  if (!target) {
    return std::nullopt;
  }
  error_code error;
  const asio::ip::address ip = asio::ip::make_address(target->host, error);
  return error ? std::nullopt : std::optional{tcp::endpoint{ip, target->port}};
}

Error to_error(const error_code& error) {
  if (error == asio::error::eof) {
    return {Errc::kReset, "the peer closed the connection"};
  }
  if (error == asio::error::connection_refused) {
    return {Errc::kUnreachable, "connection refused"};
  }
  if (error == asio::error::timed_out) {
    return {Errc::kUnreachable, "the connection timed out"};
  }
  if (error == asio::error::connection_reset || error == asio::error::broken_pipe) {
    return {Errc::kReset, "the connection was reset"};
  }
  if (error == asio::error::no_descriptors) {
    return {Errc::kInternal, "no file descriptors are left"};
  }
  return {Errc::kUnreachable, "the network refused the connection"};
}

}  // namespace

struct NodeRunner::Impl {
  Impl(asio::io_context& the_io, node::Node& the_node, Listener the_listener)
      : io(the_io),
        node(the_node),
        listener(std::move(the_listener)),
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
  struct Acceptor {
    explicit Acceptor(asio::io_context& io) : acceptor(io), pause(io) {}
    tcp::acceptor acceptor;
    asio::steady_timer pause;
  };
  struct Lingering {
    Lingering(tcp::socket the_socket, Bytes the_bytes, asio::io_context& io)
        : socket(std::move(the_socket)), bytes(std::move(the_bytes)), timer(io) {}
    tcp::socket socket;
    Bytes bytes;
    std::size_t sent = 0;
    asio::steady_timer timer;
  };

  void accept(Acceptor& acceptor);
  void adopt(tcp::socket socket);
  void open(const swarm::OpenSocket& request);
  void wait_read(ConnId id);
  void read(ConnId id);
  void write(ConnId id);
  void wait_write(ConnId id);
  void lost(ConnId id, const error_code& error);
  void close(swarm::CloseSocket& request);
  void linger(const std::shared_ptr<Lingering>& socket);
  void resolve(const swarm::Resolve& request);
  void pump();
  void dispatch(node::Output& output);
  void arm();
  void check_wall();
  void stopped();

  asio::io_context& io;
  node::Node& node;
  Listener listener;
  Resolver resolver;
  asio::steady_timer timer;
  asio::steady_timer stop_timer;
  std::optional<Instant> armed;
  Instant now{};
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  std::unordered_map<ConnId, std::unique_ptr<Socket>> sockets;
  std::vector<ConnId> to_write;
  std::size_t lingering = 0;
  std::array<std::uint8_t, kReadBytes> read_buffer{};
  WallAnchor wall = wall_anchor();
  Instant next_wall_check{};
  bool pumping = false;
  bool stopping = false;
  std::function<void()> on_stopped;
};

NodeRunner::NodeRunner(asio::io_context& io, node::Node& node, Listener listener)
    : impl_(std::make_unique<Impl>(io, node, std::move(listener))) {
}
NodeRunner::~NodeRunner() = default;

std::expected<void, ListenError> NodeRunner::listen(const std::vector<wire::Multiaddr>& addresses) {
  for (const wire::Multiaddr& address : addresses) {
    const std::optional<tcp::endpoint> endpoint = to_endpoint(address);
    if (!endpoint) {
      impl_->acceptors.clear();
      return std::unexpected(
          ListenError{.address = address.to_string(),
                      .reason = "only /ip4/HOST/tcp/PORT and /ip6/HOST/tcp/PORT can be listened on"});
    }
    auto acceptor = std::make_unique<Impl::Acceptor>(impl_->io);
    tcp::acceptor& socket = acceptor->acceptor;
    error_code error;
    socket.open(endpoint->protocol(), error);
    if (!error) {
      socket.set_option(tcp::acceptor::reuse_address{true}, error);
    }
    if (!error && endpoint->address().is_v6()) {
      socket.set_option(asio::ip::v6_only{true}, error);
    }
    if (!error) {
      socket.bind(*endpoint, error);
    }
    if (!error) {
      socket.listen(tcp::acceptor::max_listen_connections, error);
    }
    if (error) {
      impl_->acceptors.clear();
      return std::unexpected(ListenError{
          .address = address.to_string(), .reason = error.message(), .in_use = error == asio::error::address_in_use});
    }
    impl_->acceptors.push_back(std::move(acceptor));
  }
  return {};
}

std::vector<wire::Multiaddr> NodeRunner::listening() const {
  std::vector<wire::Multiaddr> all;
  for (const auto& acceptor : impl_->acceptors) {
    error_code error;
    const tcp::endpoint endpoint = acceptor->acceptor.local_endpoint(error);
    if (error) {
      continue;
    }
    if (!endpoint.address().is_unspecified()) {
      all.push_back(to_multiaddr(endpoint));
      continue;
    }
    for (const std::string& ip : interface_addresses(endpoint.address().is_v4() ? Family::kIp4 : Family::kIp6)) {
      if (const auto address = wire::tcp_multiaddr(ip, endpoint.port())) {
        all.push_back(*address);
      }
    }
  }
  return all;
}

void NodeRunner::start() {
  impl_->now = monotonic_now();
  impl_->next_wall_check = impl_->now + kWallCheckInterval;
  impl_->node.start(listening(), impl_->now);
  for (const auto& acceptor : impl_->acceptors) {
    impl_->accept(*acceptor);
  }
  impl_->pump();
}

void NodeRunner::with(const std::function<void(node::Node&, Instant)>& use) {
  impl_->now = monotonic_now();
  use(impl_->node, impl_->now);
  impl_->pump();
}

void NodeRunner::Impl::accept(Acceptor& acceptor) {
  acceptor.acceptor.async_accept([this, &acceptor](const error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || stopping) {
      return;
    }
    if (error) {
      // Out of descriptors, most likely: the connection stays in the kernel's queue, and trying at once would spin.
      acceptor.pause.expires_after(kAcceptPause);
      acceptor.pause.async_wait([this, &acceptor](const error_code& cancelled) {
        if (!cancelled && !stopping) {
          accept(acceptor);
        }
      });
      return;
    }
    now = monotonic_now();
    adopt(std::move(socket));
    pump();
    accept(acceptor);
  });
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

/// The node is done with the socket. What it still has to say is said, then the peer may finish reading.
void NodeRunner::Impl::close(swarm::CloseSocket& request) {
  const auto found = sockets.find(request.conn);
  if (found == sockets.end()) {
    return;
  }
  Socket& socket = *found->second;
  Bytes bytes{socket.out.begin() + static_cast<std::ptrdiff_t>(socket.sent), socket.out.end()};
  append(bytes, request.last_bytes);
  if (!socket.socket.is_open() || lingering >= kMaxLingering) {
    sockets.erase(found);
    return;
  }
  ++lingering;
  auto last = std::make_shared<Lingering>(std::move(socket.socket), std::move(bytes), io);
  sockets.erase(found);
  error_code ignored;
  last->socket.cancel(ignored);
  last->timer.expires_after(kLinger);
  last->timer.async_wait([this, last](const error_code&) {
    error_code closing;
    last->socket.close(closing);
    --lingering;
    stopped();
  });
  linger(last);
}

void NodeRunner::Impl::linger(const std::shared_ptr<Lingering>& last) {
  error_code error;
  while (last->sent < last->bytes.size()) {
    last->sent +=
        last->socket.write_some(asio::buffer(last->bytes.data() + last->sent, last->bytes.size() - last->sent), error);
    if (error == asio::error::would_block) {
      last->socket.async_wait(tcp::socket::wait_write, [this, last](const error_code& aborted) {
        if (!aborted) {
          linger(last);
        }
      });
      return;
    }
    if (error) {
      last->timer.cancel();
      return;
    }
  }
  // Closing with unread bytes would reset the connection and take our last words with it: read until the peer closes.
  last->socket.shutdown(tcp::socket::shutdown_send, error);
  std::array<std::uint8_t, 4096> discarded;
  for (int i = 0; i < kReadsInARow && !error; ++i) {
    last->socket.read_some(asio::buffer(discarded), error);
  }
  if (error && error != asio::error::would_block) {
    last->timer.cancel();
    return;
  }
  last->socket.async_wait(tcp::socket::wait_read, [this, last](const error_code& aborted) {
    if (!aborted) {
      linger(last);
    }
  });
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
  // Closed, not destroyed: an accept that has succeeded already may still be on its way to its handler.
  self.stopping = true;
  for (const auto& acceptor : self.acceptors) {
    error_code ignored;
    acceptor->acceptor.close(ignored);
    acceptor->pause.cancel();
  }
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
  if (lingering == 0 && on_stopped) {
    asio::post(io, std::exchange(on_stopped, nullptr));
  }
}

}  // namespace pond::net
