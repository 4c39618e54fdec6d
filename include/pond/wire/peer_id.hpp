#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/crypto/keys.hpp"

namespace pond::wire {

/// A libp2p peer id (specs/peer-ids): the multihash of a public key protobuf. Identity (0x00) for keys of at most 42
/// octets, sha2-256 (0x12) for longer ones. A value of 45 octets, no allocation.
class PeerId {
 public:
  static constexpr std::size_t kMaxBytes = 44;  ///< 2 octets of multihash header and an inlined key of 42

  /// The id of nobody: empty, less than any other.
  PeerId() = default;

  [[nodiscard]] static PeerId from_public_key(const crypto::PublicKey& key);

  /// The binary multihash. kMalformed unless it is an identity multihash of 1 to 42 octets that parses as a public key
  /// protobuf, or a sha2-256 multihash of 32.
  [[nodiscard]] static Result<PeerId> from_bytes(BytesView multihash);

  /// Either text form: base58btc (`12D3Koo...`, `16Uiu2...`, `Qm...`) or a CIDv1 with codec libp2p-key in any
  /// multibase.
  [[nodiscard]] static Result<PeerId> parse(std::string_view text);

  [[nodiscard]] BytesView bytes() const noexcept { return {raw_.data(), size_}; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  [[nodiscard]] std::string to_base58() const;  ///< the form that people and records use
  [[nodiscard]] std::string to_cid() const;     ///< CIDv1, base32, codec libp2p-key

  /// The key itself, when it is inlined (Ed25519, secp256k1); nullopt for a hashed one.
  [[nodiscard]] std::optional<crypto::PublicKey> public_key() const;

  friend bool operator==(const PeerId&, const PeerId&) = default;
  friend auto operator<=>(const PeerId&, const PeerId&) = default;

 private:
  std::array<std::uint8_t, kMaxBytes> raw_{};
  std::uint8_t size_ = 0;
};

/// libp2p's key protobufs: PublicKey and PrivateKey {Type 1, Data 2}, deterministic encoding; unknown fields are
/// skipped.
[[nodiscard]] Bytes encode_public_key(const crypto::PublicKey& key);
[[nodiscard]] Result<crypto::PublicKey> decode_public_key(BytesView protobuf);
[[nodiscard]] Bytes encode_private_key(const crypto::PrivateKey& key);
[[nodiscard]] Result<crypto::PrivateKey> decode_private_key(BytesView protobuf);

}  // namespace pond::wire

template <>
struct std::hash<pond::wire::PeerId> {
  std::size_t operator()(const pond::wire::PeerId& id) const noexcept;
};
