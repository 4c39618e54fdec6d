#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "pond/base/time.hpp"

namespace pond::interop {

/// Text for people: why a peer cannot do its part.
template <typename T>
using Outcome = std::expected<T, std::string>;

enum class KadRole : std::uint8_t { kBootstrap, kProvider, kQuerier };
enum class Profile : std::uint8_t { kUnified, kOpenpond, kIpfs };
enum class ProviderMode : std::uint8_t {
  kServer,
  kClient,
  kSwitch,  ///< joins as a client, and serves from when it has published
};

/// What every peer is told: where the board is, and the prefix of its keys there.
struct BoardSettings {
  std::string host;
  std::uint16_t port = 0;
  std::string test_key;
};

struct KadSettings {
  BoardSettings board;
  KadRole role = KadRole::kBootstrap;
  Profile profile = Profile::kUnified;
  ProviderMode mode = ProviderMode::kServer;
  /// Long addresses that lead nowhere, announced behind the real one: what makes identify and answers long.
  std::size_t extra_addresses = 0;
};

struct TransportSettings {
  BoardSettings board;
  bool is_dialer = false;
  std::string transport;
  std::string security;
  std::string muxer;
  std::string listener_ip;
  Duration timeout = std::chrono::seconds{180};
};

/// From the environment, as interop/README.md has it.
[[nodiscard]] Outcome<KadSettings> kad_settings();
[[nodiscard]] Outcome<TransportSettings> transport_settings();

}  // namespace pond::interop
