#pragma once

#include <cstdint>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/rng.hpp"

namespace pond::crypto {

/// The numbers are those of libp2p's key protobuf (specs/peer-ids).
enum class KeyType : std::uint8_t { kRsa = 0, kEd25519 = 1, kSecp256k1 = 2, kEcdsa = 3 };

[[nodiscard]] std::string_view name_of(KeyType type) noexcept;

/// A libp2p public key. A value; cheap to copy for the elliptic curves.
class PublicKey {
 public:
  /// From the `Data` field of libp2p's PublicKey protobuf: Ed25519 32 octets; secp256k1 33 octets compressed; ECDSA
  /// (P-256) and RSA (2048 to 8192 bits) DER SubjectPublicKeyInfo, in the one encoding that the key has (its peer id is
  /// a hash of it). kMalformed when it is no such key, kUnsupported for other curves, sizes, and RSA exponents above
  /// 2^31 - 1. Of an Ed25519 key only the length is looked at here; one that is no point of the curve verifies nothing.
  [[nodiscard]] static Result<PublicKey> from_data(KeyType type, BytesView data);

  [[nodiscard]] KeyType type() const noexcept { return type_; }

  /// The `Data` field, exactly as it was given.
  [[nodiscard]] const Bytes& data() const noexcept { return data_; }

  /// Whether `signature` over `message` is this key's: Ed25519 pure; secp256k1 and ECDSA SHA-256 with a DER signature;
  /// RSA PKCS#1 v1.5 with SHA-256. A secp256k1 signature's s must lie in the lower half (BIP 62), as js and rust have
  /// it; ECDSA's may lie in either. Never throws, whatever the octets. Any thread.
  [[nodiscard]] bool verify(BytesView message, BytesView signature) const;

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  PublicKey(KeyType type, Bytes data) : type_(type), data_(std::move(data)) {}
  friend class PrivateKey;

  KeyType type_;
  Bytes data_;
};

/// A libp2p private key: Ed25519 or secp256k1 (generated and read), ECDSA and RSA (read, so that the peer-ids vectors
/// and old files work). Wipes its secret when destroyed.
class PrivateKey {
 public:
  /// kUnsupported for RSA and ECDSA, which are verified but never generated.
  [[nodiscard]] static Result<PrivateKey> generate(KeyType type, Rng& rng);

  /// From the `Data` field of libp2p's PrivateKey protobuf: Ed25519 64 octets (seed, public) or the legacy 96 (seed,
  /// public, public), whose halves must agree; secp256k1 32 octets; ECDSA DER ECPrivateKey; RSA DER PKCS#1.
  [[nodiscard]] static Result<PrivateKey> from_data(KeyType type, BytesView data);

  PrivateKey(PrivateKey&&) noexcept = default;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  PrivateKey(const PrivateKey&) = default;
  PrivateKey& operator=(const PrivateKey&);
  ~PrivateKey();

  [[nodiscard]] KeyType type() const noexcept { return public_key_.type(); }

  /// The `Data` field, for a key file. Ed25519 is always the 64-octet form.
  [[nodiscard]] const Bytes& data() const noexcept { return data_; }

  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_key_; }

  /// Deterministic for Ed25519 and secp256k1. kInternal when the library refuses. Any thread.
  [[nodiscard]] Result<Bytes> sign(BytesView message) const;

 private:
  PrivateKey(PublicKey public_key, Bytes data) : public_key_(std::move(public_key)), data_(std::move(data)) {}

  PublicKey public_key_;
  Bytes data_;
};

}  // namespace pond::crypto
