#include "ws_link.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "endpoints.hpp"
#include "ws_socket.hpp"

namespace pond::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kMaxHeaderBytes = 8 * 1024;
constexpr std::size_t kMaskBytes = 16 * 1024;  ///< masked at once, and kept by a connection that was dialed

/// What is answered to an HTTP request that does not become a WebSocket, before the connection is closed.
constexpr std::string_view kUpgradeRequired =
    "HTTP/1.1 426 Upgrade Required\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
    "13\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kBadRequest = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kHeaderTooLarge =
    "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

Error to_ws_error(const error_code& error) {
  if (error == websocket::error::closed || error == asio::error::operation_aborted) {
    return {Errc::kReset, "the peer closed the WebSocket"};
  }
  if (error == websocket::condition::handshake_failed) {
    return {Errc::kProtocol, "the upgrade to a WebSocket was refused"};
  }
  if (error == websocket::condition::protocol_violation) {
    return {Errc::kProtocol, "a WebSocket frame that breaks the rules"};
  }
  if (error.category() == error_code{http::error::end_of_stream}.category()) {
    return error == http::error::end_of_stream || error == http::error::partial_message
               ? Error{Errc::kReset, "the peer closed the connection"}
               : Error{Errc::kMalformed, "not the HTTP of a WebSocket"};
  }
  return to_error(error);
}

struct Request {
  boost::beast::flat_buffer buffer{kMaxHeaderBytes};
  http::request_parser<http::empty_body> parser;
};

/// What to answer a request that cannot become a WebSocket; nullopt when it can, and when nobody is there to hear it.
std::optional<std::string_view> refusal(const error_code& error, const Request& request) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return kHeaderTooLarge;
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) {
    return std::nullopt;
  }
  if (error) {
    const bool is_http = error.category() == error_code{http::error::end_of_stream}.category();
    return is_http ? std::optional{kBadRequest} : std::nullopt;
  }
  if (!websocket::is_upgrade(request.parser.get())) {
    return request.parser.get().method() == http::verb::get ? kUpgradeRequired : kBadRequest;
  }
  // A client may not send anything before it is answered (RFC 6455, 4.1), nor may the upgrade have a body.
  const bool ends_there = request.parser.is_done() && request.buffer.size() == 0;
  return ends_there ? std::nullopt : std::optional{kBadRequest};
}

std::string host_header(const tcp::endpoint& endpoint, const std::string& name) {
  const std::string ip = endpoint.address().to_string();
  const std::string host = !name.empty() ? name : endpoint.address().is_v6() ? "[" + ip + "]" : ip;
  return host + ":" + std::to_string(endpoint.port());
}

/// The socket and what is under way on it, shared with the operations that are. `host` is null as soon as the link is
/// gone or the host has been told its end.
///
/// States: connecting and upgrading (not `open`), open, lingering. At most one read and one write are under way.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(LinkHost& host, swarm::ConnId id, tcp::socket socket)
      : host_(&host), id_(id), stream_(std::move(socket)), timer_(stream_.get_executor()) {
    stream_.binary(true);
    stream_.auto_fragment(false);
    stream_.write_buffer_bytes(kMaskBytes);
    stream_.read_message_max(0);  // a message is never held, so it may have any size
    stream_.set_option(websocket::stream_base::decorator(Decorator{}));
  }

  void accept();
  void dial(const tcp::endpoint& to, const std::string& name);
  void write();
  void close(Bytes last_bytes);
  void let_go();

 private:
  struct Decorator {
    void operator()(websocket::request_type& request) const { request.set(http::field::user_agent, "pond"); }
    void operator()(websocket::response_type& response) const { response.set(http::field::server, "pond"); }
  };

  void on_request(const error_code& error);
  void on_accepted(const error_code& error);
  void on_connected(const error_code& error, const std::string& host_header);
  void on_upgraded(const error_code& error);
  void read_next();
  void on_read(const error_code& error, std::size_t bytes);
  void send();
  void on_written(const error_code& error);
  void fail(const Error& why);
  void linger(LingeringSockets& lingering, Bytes last_bytes, websocket::close_code code);
  void say_last_words();
  void close_socket();
  [[nodiscard]] tcp::socket& socket() { return stream_.next_layer().socket(); }

  LinkHost* host_;
  swarm::ConnId id_;
  websocket::stream<WsSocket, false> stream_;
  asio::steady_timer timer_;          ///< while it lingers; its end, early or late, is the end of the socket
  std::unique_ptr<Request> request_;  ///< while it is read
  std::array<std::uint8_t, kReadBytes> in_{};
  Bytes out_;
  Bytes last_words_;
  websocket::close_code close_code_ = websocket::close_code::normal;
  bool dialed_ = false;
  bool open_ = false;
  bool writing_ = false;
  bool lingers_ = false;
};

void Session::accept() {
  error_code ignored;
  socket().set_option(tcp::no_delay{true}, ignored);
  request_ = std::make_unique<Request>();
  request_->parser.header_limit(kMaxHeaderBytes);
  http::async_read_header(socket(), request_->buffer, request_->parser,
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            if (self->host_ != nullptr) {
                              self->on_request(error);
                            }
                          });
}

void Session::on_request(const error_code& error) {
  if (const auto answer = refusal(error, *request_)) {
    host_->lingering().add(std::move(socket()), to_bytes(*answer));
    fail({Errc::kProtocol, "an HTTP request that is no upgrade to a WebSocket"});
    return;
  }
  if (error) {
    fail(to_ws_error(error));
    return;
  }
  stream_.async_accept(request_->parser.get(), [self = shared_from_this()](const error_code& failed) {
    if (self->host_ != nullptr) {
      self->on_accepted(failed);
    }
  });
}

void Session::on_accepted(const error_code& error) {
  request_.reset();
  if (error) {
    host_->lingering().add(std::move(socket()), {});  // Beast has answered
    fail(to_ws_error(error));
    return;
  }
  open_ = true;
  host_->enter();
  read_next();
  write();
  host_->leave();
}

void Session::dial(const tcp::endpoint& to, const std::string& name) {
  dialed_ = true;
  socket().async_connect(to, [self = shared_from_this(), header = host_header(to, name)](const error_code& error) {
    if (self->host_ != nullptr) {
      self->on_connected(error, header);
    }
  });
}

void Session::on_connected(const error_code& error, const std::string& host_header) {
  if (error) {
    fail(to_error(error));
    return;
  }
  error_code ignored;
  socket().set_option(tcp::no_delay{true}, ignored);
  stream_.next_layer().expect_answer();
  stream_.async_handshake(host_header, "/", [self = shared_from_this()](const error_code& failed) {
    if (self->host_ != nullptr) {
      self->on_upgraded(failed);
    }
  });
}

void Session::on_upgraded(const error_code& error) {
  error_code gone;
  const tcp::endpoint local = error ? tcp::endpoint{} : socket().local_endpoint(gone);
  if (error || gone) {
    fail(to_ws_error(error ? error : gone));
    return;
  }
  open_ = true;
  host_->enter();
  read_next();
  host_->dialed(id_, to_multiaddr(local, Transport::kWs));
  host_->leave();
}

void Session::read_next() {
  stream_.async_read_some(asio::buffer(in_), [self = shared_from_this()](const error_code& error, std::size_t bytes) {
    if (self->host_ != nullptr) {
      self->on_read(error, bytes);
    }
  });
}

void Session::on_read(const error_code& error, std::size_t bytes) {
  if (error) {
    fail(to_ws_error(error));
    return;
  }
  if (!stream_.got_binary()) {
    linger(host_->lingering(), {}, websocket::close_code::unknown_data);
    fail({Errc::kProtocol, "a WebSocket message that is text"});
    return;
  }
  host_->enter();
  if (bytes != 0) {
    host_->received(id_, BytesView{in_}.first(bytes));
  }
  read_next();
  host_->leave();
}

void Session::write() {
  if (!open_ || writing_ || host_ == nullptr) {
    return;
  }
  out_.clear();
  if (host_->produce(id_, out_) == 0) {
    Bytes{}.swap(out_);  // an idle connection keeps no buffer
    return;
  }
  send();
}

void Session::send() {
  writing_ = true;
  stream_.async_write(asio::buffer(out_), [self = shared_from_this()](const error_code& error, std::size_t) {
    self->writing_ = false;
    self->on_written(error);
  });
}

void Session::on_written(const error_code& error) {
  if (lingers_) {
    if (error) {
      timer_.cancel();
    } else {
      say_last_words();
    }
  } else if (host_ != nullptr && error) {
    fail(to_ws_error(error));
  } else if (host_ != nullptr) {
    host_->enter();
    write();
    host_->leave();
  }
}

void Session::fail(const Error& why) {
  LinkHost& host = *std::exchange(host_, nullptr);
  host.enter();
  if (dialed_ && !open_) {
    host.dialed(id_, std::unexpected(why));
  } else {
    host.lost(id_, why);
  }
  host.leave();
}

void Session::close(Bytes last_bytes) {
  if (host_ != nullptr && open_) {
    linger(host_->lingering(), std::move(last_bytes), websocket::close_code::normal);
  }
  let_go();
}

void Session::let_go() {
  host_ = nullptr;
  if (!lingers_) {
    close_socket();
  }
}

void Session::close_socket() {
  error_code ignored;
  socket().close(ignored);
}

/// Sends what is left to say and a close frame, then reads until the peer has done the same; kLinger at most.
void Session::linger(LingeringSockets& lingering, Bytes last_bytes, websocket::close_code code) {
  if (!lingering.enter()) {
    return;
  }
  lingers_ = true;
  last_words_ = std::move(last_bytes);
  close_code_ = code;
  timer_.expires_after(LingeringSockets::kLinger);
  timer_.async_wait([self = shared_from_this(), &lingering](const error_code&) {
    self->close_socket();
    lingering.leave();
  });
  if (!writing_) {
    say_last_words();
  }
}

void Session::say_last_words() {
  if (!last_words_.empty()) {
    out_ = std::exchange(last_words_, {});
    send();
    return;
  }
  stream_.async_close(close_code_, [self = shared_from_this()](const error_code&) { self->timer_.cancel(); });
}

class WsLink final : public Link {
 public:
  WsLink(LinkHost& host, swarm::ConnId id, tcp::socket socket)
      : session_(std::make_shared<Session>(host, id, std::move(socket))) {}
  ~WsLink() override { session_->let_go(); }

  void accept() override { session_->accept(); }
  void dial(const tcp::endpoint& to, const std::string& host) override { session_->dial(to, host); }
  void write() override { session_->write(); }
  void close(Bytes last_bytes) override { session_->close(std::move(last_bytes)); }

 private:
  std::shared_ptr<Session> session_;
};

}  // namespace

std::shared_ptr<Link> make_ws_link(LinkHost& host, swarm::ConnId id, tcp::socket socket) {
  return std::make_shared<WsLink>(host, id, std::move(socket));
}

}  // namespace pond::net
