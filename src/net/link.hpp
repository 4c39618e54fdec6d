#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/swarm/types.hpp"

#include "lingering.hpp"

namespace pond::net {

/// What a link pulls from the node at once: one write of a socket, one message of a WebSocket.
inline constexpr std::size_t kWriteBytes = 64 * 1024;

/// The driver as its links see it.
///
/// A link calls `enter` when its socket has something to say, then the functions that tell it, then `leave`, in which
/// the node acts on it: the link may be closed by then.
class LinkHost {
 public:
  virtual void enter() = 0;
  virtual void leave() = 0;

  /// The end of a dial. On failure the link is forgotten.
  virtual void dialed(swarm::ConnId conn, Result<wire::Multiaddr> local) = 0;
  virtual void received(swarm::ConnId conn, BytesView bytes) = 0;
  /// The connection is gone; the link is forgotten.
  virtual void lost(swarm::ConnId conn, const Error& why) = 0;

  /// Appends what the node has to say, kWriteBytes at most; returns how much. Needs no `enter`.
  [[nodiscard]] virtual std::size_t produce(swarm::ConnId conn, Bytes& out) = 0;

  /// Of all links, for as long as it takes to hand over what was read.
  [[nodiscard]] virtual std::span<std::uint8_t> read_buffer() = 0;
  [[nodiscard]] virtual LingeringSockets& lingering() = 0;

 protected:
  ~LinkHost() = default;
};

/// One connection's socket. Destroying a link closes it at once, and its host is not called any more.
class Link {
 public:
  Link() = default;
  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Exactly one of these two, first. `accept`: the socket was accepted. `dial`: connects it; `host` is the name that
  /// the endpoint was found by, if any.
  virtual void accept() = 0;
  virtual void dial(const boost::asio::ip::tcp::endpoint& to, const std::string& host) = 0;

  /// The node has something to say: pulls it as soon as the socket can take it.
  virtual void write() = 0;

  /// Says `last_bytes`, after what was pulled already, and closes, after this object is gone if need be. The host is
  /// not called any more.
  virtual void close(Bytes last_bytes) = 0;
};

}  // namespace pond::net
