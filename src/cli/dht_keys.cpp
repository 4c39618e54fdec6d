#include "dht_keys.hpp"

#include <optional>
#include <string>

#include "pond/crypto/ethereum.hpp"
#include "pond/kad/records/eth_record.hpp"
#include "pond/wire/cid.hpp"
#include "pond/wire/multihash.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::cli {
namespace {

constexpr std::string_view kPkPrefix = "/pk/";
constexpr std::string_view kHexPrefix = "hex:";
constexpr std::size_t kMaxProviderKeyBytes = 80;
constexpr std::size_t kMaxKeyBytes = 1024;  ///< servers look at no longer ones

/// The forms that mean the same everywhere; nullopt for any other text.
Outcome<std::optional<Bytes>> common_key(std::string_view text) {
  if (text.size() > kMaxKeyBytes) {
    return usage("a key has at most 1024 octets");
  }
  if (text.starts_with("0x") || text.starts_with("0X")) {
    const auto address = crypto::EthAddress::parse(text);
    if (!address) {
      return usage("'" + std::string{text} + "' is not an Ethereum address: " + std::string{address.error().what});
    }
    return kad::eth_key(*address);
  }
  if (text.starts_with(kHexPrefix)) {
    auto bytes = from_hex(text.substr(kHexPrefix.size()));
    if (!bytes || bytes->empty()) {
      return usage("'" + std::string{text} + "': an even number of hex digits follows hex:");
    }
    return bytes;
  }
  if (text.starts_with(kPkPrefix)) {
    const auto id = wire::PeerId::parse(text.substr(kPkPrefix.size()));
    if (!id) {
      return usage("'" + std::string{text} + "': a peer id follows /pk/");
    }
    Bytes key = to_bytes(kPkPrefix);
    append(key, id->bytes());
    return key;
  }
  if (text.starts_with('/')) {
    return to_bytes(text);
  }
  return std::nullopt;
}

}  // namespace

Outcome<Bytes> record_key(std::string_view text) {
  auto key = common_key(text);
  if (!key) {
    return std::unexpected(key.error());
  }
  if (!*key) {
    return usage("'" + std::string{text} + "' is no key: write 0xADDRESS, /namespace/rest or hex:...");
  }
  return **std::move(key);
}

Outcome<Bytes> provider_key(std::string_view text, ProviderText how) {
  if (text.empty()) {
    return usage("a provider key is not empty");
  }
  Bytes key;
  if (how == ProviderText::kRawBytes) {
    key = to_bytes(text);
  } else if (const auto cid = wire::Cid::parse(text)) {
    key = to_bytes(cid->multihash());
  } else {
    auto common = common_key(text);
    if (!common) {
      return std::unexpected(common.error());
    }
    key = text.starts_with(kHexPrefix) ? **common : wire::sha2_256_multihash(common->value_or(to_bytes(text)));
  }
  if (key.size() > kMaxProviderKeyBytes) {
    return usage("a provider key has at most 80 octets; leave out --raw to use the hash of the text");
  }
  return key;
}

Outcome<Bytes> place_key(std::string_view text) {
  if (const auto id = wire::PeerId::parse(text)) {
    return to_bytes(id->bytes());
  }
  if (const auto cid = wire::Cid::parse(text)) {
    return to_bytes(cid->multihash());
  }
  auto key = common_key(text);
  if (!key) {
    return std::unexpected(key.error());
  }
  if (text.empty()) {
    return usage("a key is not empty");
  }
  return key->value_or(to_bytes(text));
}

}  // namespace pond::cli
