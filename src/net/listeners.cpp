#include "listeners.hpp"

#include <string>
#include <utility>

#include <boost/asio/ip/v6_only.hpp>

#include "interfaces.hpp"

namespace pond::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::expected<void, ListenError> Listeners::listen(const std::vector<wire::Multiaddr>& addresses) {
  for (const wire::Multiaddr& address : addresses) {
    if (auto listening = listen_on(address); !listening) {
      acceptors_.clear();
      return listening;
    }
  }
  return {};
}

std::expected<void, ListenError> Listeners::listen_on(const wire::Multiaddr& address) {
  const std::optional<tcp::endpoint> endpoint = to_endpoint(address);
  if (!endpoint) {
    return std::unexpected(ListenError{
        .address = address.to_string(),
        .reason = "only /ip4/HOST/tcp/PORT and /ip6/HOST/tcp/PORT can be listened on, /ws behind it or not"});
  }
  auto accepting = std::make_unique<Accepting<tcp>>(io_);
  tcp::acceptor& socket = accepting->socket();
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
    return std::unexpected(ListenError{
        .address = address.to_string(), .reason = error.message(), .in_use = error == asio::error::address_in_use});
  }
  acceptors_.push_back({.accepting = std::move(accepting), .transport = wire::tcp_target(address)->transport});
  return {};
}

std::vector<wire::Multiaddr> Listeners::addresses() const {
  std::vector<wire::Multiaddr> all;
  for (const Acceptor& acceptor : acceptors_) {
    error_code error;
    const tcp::endpoint endpoint = acceptor.accepting->socket().local_endpoint(error);
    if (error) {
      continue;
    }
    if (!endpoint.address().is_unspecified()) {
      all.push_back(to_multiaddr(endpoint, acceptor.transport));
      continue;
    }
    for (const std::string& ip : interface_addresses(endpoint.address().is_v4() ? Family::kIp4 : Family::kIp6)) {
      if (const auto address = wire::tcp_multiaddr(ip, endpoint.port(), acceptor.transport)) {
        all.push_back(*address);
      }
    }
  }
  return all;
}

void Listeners::start(const Handler& handler) {
  for (const Acceptor& acceptor : acceptors_) {
    acceptor.accepting->start(
        [handler, transport = acceptor.transport](tcp::socket socket) { handler(std::move(socket), transport); });
  }
}

void Listeners::close() {
  for (const Acceptor& acceptor : acceptors_) {
    acceptor.accepting->close();
  }
}

}  // namespace pond::net
