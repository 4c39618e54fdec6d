#pragma once

#include <memory>

#include "link.hpp"

namespace pond::net {

/// A connection whose bytes travel in the binary messages of a WebSocket (RFC 6455; libp2p specs/websockets), without
/// TLS. What is received counts as one stream of bytes, however it is cut into messages and frames; what is pulled at
/// once is sent as one message of one frame.
///
/// Accepting: an HTTP/1.1 upgrade of any path, from any origin, with a header of 8 KiB at most, and nothing behind it
/// before it is answered; a request without an upgrade is told 426, any other that cannot be served 400 or 431.
/// Dialing: an upgrade of "/"; only the answer 101 is read.
///
/// Bounded: a buffer of kWriteBytes to write from while it writes, of 8 KiB to read into. No message is collected.
/// Pings are answered; a text message or a broken frame ends the connection. No compression is offered or taken, and no
/// pings are sent: Yamux has its own.
[[nodiscard]] std::shared_ptr<Link> make_ws_link(LinkHost& host, swarm::ConnId id, boost::asio::ip::tcp::socket socket);

}  // namespace pond::net
