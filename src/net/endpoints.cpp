#include "endpoints.hpp"

#include <string>

namespace pond::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

wire::Multiaddr to_multiaddr(const tcp::endpoint& endpoint, Transport transport) {
  const asio::ip::address address = endpoint.address();
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  const std::string text =
      is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string() : address.to_string();
  return wire::tcp_multiaddr(text, endpoint.port(), transport).value_or(wire::Multiaddr{});
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

}  // namespace pond::net
