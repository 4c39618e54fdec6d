#pragma once

#include <optional>

#include <boost/asio/ip/tcp.hpp>

#include "pond/base/result.hpp"
#include "pond/wire/multiaddr.hpp"

namespace pond::net {

// Between multiaddrs and what sockets speak.

using Transport = wire::TcpTarget::Transport;

/// `/ip4|ip6/HOST/tcp/PORT[/ws]`; an IPv4 address mapped into IPv6 is written as what it is.
[[nodiscard]] wire::Multiaddr to_multiaddr(const boost::asio::ip::tcp::endpoint& endpoint, Transport transport);

/// Nullopt for anything but `/ip4|ip6/HOST/tcp/PORT[/ws]`, a trailing peer id aside.
[[nodiscard]] std::optional<boost::asio::ip::tcp::endpoint> to_endpoint(const wire::Multiaddr& address);

/// What a connection's failure means to the node.
[[nodiscard]] Error to_error(const boost::system::error_code& error);

}  // namespace pond::net
