// Private to the layer, hence the path.
#include "../../../src/wire/multiaddr_table.hpp"

#include <gtest/gtest.h>

namespace pond::wire {
namespace {

/// A row of multiformats/multiaddr's protocols.csv; the size in bits, or kVariable.
struct Row {
  std::uint32_t code;
  int bits;
  std::string_view name;
};
constexpr int kVariable = -1;

constexpr Row kRows[] = {
    {4, 32, "ip4"},
    {6, 16, "tcp"},
    {273, 16, "udp"},
    {33, 16, "dccp"},
    {41, 128, "ip6"},
    {42, kVariable, "ip6zone"},
    {43, 8, "ipcidr"},
    {53, kVariable, "dns"},
    {54, kVariable, "dns4"},
    {55, kVariable, "dns6"},
    {56, kVariable, "dnsaddr"},
    {132, 16, "sctp"},
    {301, 0, "udt"},
    {302, 0, "utp"},
    {400, kVariable, "unix"},
    {421, kVariable, "p2p"},
    {444, 96, "onion"},
    {445, 296, "onion3"},
    {446, kVariable, "garlic64"},
    {447, kVariable, "garlic32"},
    {448, 0, "tls"},
    {449, kVariable, "sni"},
    {454, 0, "noise"},
    {460, 0, "quic"},
    {461, 0, "quic-v1"},
    {465, 0, "webtransport"},
    {466, kVariable, "certhash"},
    {480, 0, "http"},
    {481, kVariable, "http-path"},
    {443, 0, "https"},
    {477, 0, "ws"},
    {478, 0, "wss"},
    {479, 0, "p2p-websocket-star"},
    {277, 0, "p2p-stardust"},
    {275, 0, "p2p-webrtc-star"},
    {276, 0, "p2p-webrtc-direct"},
    {280, 0, "webrtc-direct"},
    {281, 0, "webrtc"},
    {290, 0, "p2p-circuit"},
};

TEST(MultiaddrTable, HasEveryRowOfTheSpecification) {
  for (const auto& row : kRows) {
    const ProtocolInfo* protocol = find_protocol(row.name);
    ASSERT_NE(protocol, nullptr) << row.name;
    EXPECT_EQ(protocol->code, row.code) << row.name;
    EXPECT_EQ(find_protocol(std::uint64_t{row.code}), protocol) << row.name;
  }
}

TEST(MultiaddrTable, SizesAreThoseOfTheSpecification) {
  for (const auto& row : kRows) {
    const auto size = fixed_size(find_protocol(row.name)->kind);
    if (row.bits == kVariable) {
      EXPECT_FALSE(size) << row.name;
    } else {
      EXPECT_EQ(size, static_cast<std::size_t>(row.bits) / 8) << row.name;
    }
  }
}

TEST(MultiaddrTable, MemoryHasAFixedSizeAsInGoAndRust) {
  const ProtocolInfo* memory = find_protocol(std::uint64_t{777});
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(memory->name, "memory");
  EXPECT_EQ(fixed_size(memory->kind), 8u);
}

TEST(MultiaddrTable, IpfsIsAnAliasOfP2p) {
  EXPECT_EQ(find_protocol("ipfs"), find_protocol("p2p"));
}

TEST(MultiaddrTable, WhatItDoesNotHaveIsNotFound) {
  EXPECT_EQ(find_protocol(std::uint64_t{0}), nullptr);
  EXPECT_EQ(find_protocol(std::uint64_t{5}), nullptr);
  EXPECT_EQ(find_protocol(~std::uint64_t{0}), nullptr);
  EXPECT_EQ(find_protocol("IP4"), nullptr);
  EXPECT_EQ(find_protocol(""), nullptr);
}

}  // namespace
}  // namespace pond::wire
