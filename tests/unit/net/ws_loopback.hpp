#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include "ws_link.hpp"

// A WebSocket link against a peer that writes its octets by hand, over the loopback interface.

namespace pond::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using swarm::ConnId;

/// RFC 6455, 1.3.
inline const std::string kKey = "dGhlIHNhbXBsZSBub25jZQ==";
inline const std::string kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A node that keeps what it is told and says what it is given to say.
class FakeHost final : public LinkHost {
 public:
  explicit FakeHost(asio::io_context& io) : lingering_(io, [] {}) {}

  void enter() override { ++entered; }
  void leave() override { --entered; }
  void dialed(ConnId, Result<wire::Multiaddr> local) override {
    EXPECT_EQ(entered, 1);
    if (!local) {
      link.reset();
    }
    dial = std::move(local);
  }
  void received(ConnId, BytesView bytes) override {
    EXPECT_EQ(entered, 1);
    EXPECT_FALSE(bytes.empty());
    got += to_string(bytes);
    longest = std::max(longest, bytes.size());
  }
  void lost(ConnId, const Error& why) override {
    EXPECT_EQ(entered, 1);
    end = why;
    link.reset();
  }
  std::size_t produce(ConnId, Bytes& out) override {
    ++pulls;
    const std::size_t size = std::min(kWriteBytes, to_say.size());
    append(out, as_bytes(to_say.substr(0, size)));
    to_say.erase(0, size);
    return size;
  }
  std::span<std::uint8_t> read_buffer() override { return {}; }
  LingeringSockets& lingering() override { return lingering_; }

  std::shared_ptr<Link> link;
  std::string got;
  std::string to_say;
  std::size_t longest = 0;
  std::optional<Error> end;
  std::optional<Result<wire::Multiaddr>> dial;
  int entered = 0;
  int pulls = 0;

 private:
  LingeringSockets lingering_;
};

/// A frame as a client sends it, masked; `first`: FIN, reserved bits and opcode.
inline std::string frame(std::uint8_t first, std::string_view payload, std::uint8_t mask_bit = 0x80) {
  std::string out{static_cast<char>(first)};
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | payload.size());
  } else {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  }
  if (mask_bit == 0) {
    return out.append(payload);
  }
  const std::string key = "\x12\x34\x56\x78";
  out += key;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ key[i % 4]);
  }
  return out;
}

inline constexpr std::uint8_t kFin = 0x80;
inline constexpr std::uint8_t kText = 1;
inline constexpr std::uint8_t kBinary = 2;
inline constexpr std::uint8_t kClose = 8;
inline constexpr std::uint8_t kPing = 9;

inline std::string upgrade(const std::string& more = {}) {
  return "GET /any/path HTTP/1.1\r\nHost: pond.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         kKey + "\r\n" + more + "\r\n";
}

/// A link and its far end, which is played by hand.
class Loopback {
 public:
  Loopback() : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), far_(io_), host_(io_) {}

  /// The link accepts; the far end is the client.
  void accept() {
    far_.connect(acceptor_.local_endpoint());
    host_.link = make_ws_link(host_, ConnId{1}, acceptor_.accept());
    far_.non_blocking(true);
    host_.link->accept();
  }
  /// The link dials; the far end is the server.
  void dial(const std::string& name = {}) {
    host_.link = make_ws_link(host_, ConnId{1}, tcp::socket{io_});
    host_.link->dial(acceptor_.local_endpoint(), name);
    far_ = acceptor_.accept();
    far_.non_blocking(true);
  }
  void accept_upgraded() {
    accept();
    send(upgrade());
    wait_for("\r\n\r\n");
    in.clear();
  }

  /// Sends, while the link reads, as much as it takes.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      error_code error;
      const std::size_t sent = far_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
      bytes.remove_prefix(sent);
      if (error && error != asio::error::would_block) {
        return;
      }
      io_.restart();
      io_.poll();
    }
  }

  template <typename Done>
  bool run_until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      receive();
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds{1});
    }
    return done();
  }
  bool wait_for(std::string_view text) {
    return run_until([&] { return in.contains(text); });
  }
  bool wait_closed() {
    return run_until([&] { return closed; });
  }
  bool got(std::string_view bytes) {
    return run_until([&] { return host_.got.size() >= bytes.size(); }) && host_.got == bytes;
  }
  bool ended(Errc code) {
    return run_until([&] { return host_.end.has_value(); }) && host_.end->code == code;
  }
  bool dial_failed(Errc code) {
    return run_until([&] { return host_.dial.has_value(); }) && !*host_.dial && host_.dial->error().code == code;
  }

  FakeHost& host() { return host_; }
  tcp::socket& far() { return far_; }
  std::uint16_t port() { return acceptor_.local_endpoint().port(); }

  std::string in;  ///< what the far end has got
  bool closed = false;

 private:
  void receive() {
    std::array<char, 65536> chunk;
    error_code error;
    const std::size_t bytes = far_.is_open() ? far_.read_some(asio::buffer(chunk), error) : 0;
    in.append(chunk.data(), bytes);
    closed = closed || (error && error != asio::error::would_block);
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  tcp::socket far_;
  FakeHost host_;
};

class WsListener : public ::testing::Test, protected Loopback {};
class WsDialer : public ::testing::Test, protected Loopback {};

}  // namespace pond::net
