#include "listeners.hpp"

#include <string>
#include <utility>

#include <boost/asio/ip/v6_only.hpp>

#include "endpoints.hpp"
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
    return std::unexpected(ListenError{.address = address.to_string(),
                                       .reason = "only /ip4/HOST/tcp/PORT and /ip6/HOST/tcp/PORT can be listened on"});
  }
  auto acceptor = std::make_unique<Acceptor>(io_);
  tcp::acceptor& socket = acceptor->socket();
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
  acceptors_.push_back(std::move(acceptor));
  return {};
}

std::vector<wire::Multiaddr> Listeners::addresses() const {
  std::vector<wire::Multiaddr> all;
  for (const auto& acceptor : acceptors_) {
    error_code error;
    const tcp::endpoint endpoint = acceptor->socket().local_endpoint(error);
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

void Listeners::start(const Handler& handler) {
  for (const auto& acceptor : acceptors_) {
    acceptor->start(handler);
  }
}

void Listeners::close() {
  for (const auto& acceptor : acceptors_) {
    acceptor->close();
  }
}

}  // namespace pond::net
