#pragma once

#include <string>
#include <string_view>

#include "pond/crypto/ethereum.hpp"
#include "pond/crypto/keys.hpp"

#include "failure.hpp"

namespace pond::cli {

// Keys live in files of mode 0600, one line each: a libp2p key as its PrivateKey protobuf in padded base64 (what
// BOOTSTRAP_PRIVATE_KEY holds), an Ethereum key as `0x` and 64 hex digits. No message ever contains a key.

/// Refused: no such file, others can read it, not a key.
[[nodiscard]] Outcome<crypto::PrivateKey> load_libp2p_key(const std::string& path);
[[nodiscard]] Outcome<crypto::EthKey> load_eth_key(const std::string& path);

/// The same from an environment variable's value; `name` is the variable's, for the message.
[[nodiscard]] Outcome<crypto::PrivateKey> parse_libp2p_key(std::string_view text, std::string_view name);
[[nodiscard]] Outcome<crypto::EthKey> parse_eth_key(std::string_view text, std::string_view name);

/// Refused: the file exists already, or cannot be made.
[[nodiscard]] Outcome<void> save_libp2p_key(const std::string& path, const crypto::PrivateKey& key);
[[nodiscard]] Outcome<void> save_eth_key(const std::string& path, const crypto::EthKey& key);

}  // namespace pond::cli
