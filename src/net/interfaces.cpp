#include "interfaces.hpp"

#include <array>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace pond::net {

std::vector<std::string> interface_addresses(Family family) {
  std::vector<std::string> addresses;
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) != 0) {
    return addresses;
  }
  for (const ifaddrs* each = interfaces; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0) {
      continue;
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family == Family::kIp4 && each->ifa_addr->sa_family == AF_INET) {
      const auto& address = reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr;
      inet_ntop(AF_INET, &address, text.data(), text.size());
    } else if (family == Family::kIp6 && each->ifa_addr->sa_family == AF_INET6) {
      const auto& address = reinterpret_cast<const sockaddr_in6*>(each->ifa_addr)->sin6_addr;
      if (IN6_IS_ADDR_LINKLOCAL(&address)) {
        continue;
      }
      inet_ntop(AF_INET6, &address, text.data(), text.size());
    } else {
      continue;
    }
    addresses.emplace_back(text.data());
  }
  freeifaddrs(interfaces);
  return addresses;
}

}  // namespace pond::net
