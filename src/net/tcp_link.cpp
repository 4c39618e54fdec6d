#include "tcp_link.hpp"

#include <utility>

#include "endpoints.hpp"
#include "non_blocking.hpp"

namespace pond::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Null when the link is gone. Not weak.lock(), which clang's analyzer takes for that of a mutex, held while reading.
std::shared_ptr<TcpLink> alive(const std::weak_ptr<TcpLink>& weak) {
  return weak.expired() ? nullptr : std::shared_ptr<TcpLink>{weak};
}

}  // namespace

void TcpLink::prepare() {
  error_code ignored;  // a socket that cannot take these fails at its next read
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay{true}, ignored);
}

void TcpLink::accept() {
  prepare();
  wait_read();
}

void TcpLink::dial(const tcp::endpoint& to, const std::string&) {
  socket_.async_connect(to, [weak = weak_from_this()](const error_code& error) {
    const std::shared_ptr<TcpLink> self = alive(weak);
    if (!self) {
      return;
    }
    LinkHost& host = self->host_;
    host.enter();
    if (error) {
      host.dialed(self->id_, std::unexpected(to_error(error)));
    } else {
      self->prepare();
      self->wait_read();
      error_code ignored;
      host.dialed(self->id_, to_multiaddr(self->socket_.local_endpoint(ignored), Transport::kTcp));
    }
    host.leave();
  });
}

void TcpLink::wait_read() {
  socket_.async_wait(tcp::socket::wait_read, [weak = weak_from_this()](const error_code& error) {
    const std::shared_ptr<TcpLink> self = alive(weak);
    if (!error && self) {
      self->host_.enter();
      self->read();
      self->host_.leave();
    }
  });
}

void TcpLink::read() {
  const std::span<std::uint8_t> buffer = host_.read_buffer();
  for (int i = 0; i < kReadsInARow; ++i) {
    error_code error;
    const std::size_t bytes = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
    if (must_wait(error)) {
      break;
    }
    if (error) {
      host_.lost(id_, to_error(error));
      return;
    }
    host_.received(id_, buffer.first(bytes));
    if (bytes < buffer.size()) {
      break;
    }
  }
  wait_read();
}

void TcpLink::write() {
  if (waits_to_write_) {
    return;
  }
  for (;;) {
    if (sent_ == out_.size()) {
      out_.clear();
      sent_ = 0;
      if (host_.produce(id_, out_) == 0) {
        if (out_.capacity() > kWriteBytes / 16) {
          Bytes{}.swap(out_);  // an idle connection keeps no buffer
        }
        return;
      }
    }
    error_code error;
    const std::size_t bytes = socket_.write_some(asio::buffer(out_.data() + sent_, out_.size() - sent_), error);
    if (must_wait(error)) {
      wait_write();
      return;
    }
    if (error) {
      host_.lost(id_, to_error(error));
      return;
    }
    sent_ += bytes;
  }
}

void TcpLink::wait_write() {
  waits_to_write_ = true;
  socket_.async_wait(tcp::socket::wait_write, [weak = weak_from_this()](const error_code& error) {
    const std::shared_ptr<TcpLink> self = alive(weak);
    if (!error && self) {
      self->host_.enter();
      self->waits_to_write_ = false;
      self->write();
      self->host_.leave();
    }
  });
}

void TcpLink::close(Bytes last_bytes) {
  Bytes bytes{out_.begin() + static_cast<std::ptrdiff_t>(sent_), out_.end()};
  append(bytes, last_bytes);
  host_.lingering().add(std::move(socket_), std::move(bytes));
}

}  // namespace pond::net
