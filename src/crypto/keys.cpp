#include "pond/crypto/keys.hpp"

#include "pond/crypto/wipe.hpp"

#include "ecdsa.hpp"
#include "ed25519.hpp"
#include "rsa.hpp"
#include "secp256k1_key.hpp"

namespace pond::crypto {
namespace {

// `type` may be any number that a peer sent, so the switches below have an answer for the others too.

Result<void> check_public(KeyType type, BytesView data) {
  switch (type) {
    case KeyType::kRsa:
      return rsa::check_public(data);
    case KeyType::kEd25519:
      return ed25519::check_public(data);
    case KeyType::kSecp256k1:
      return secp256k1::check_public(data);
    case KeyType::kEcdsa:
      return ecdsa::check_public(data);
  }
  return fail(Errc::kUnsupported, "unknown key type");
}

Result<KeyMaterial> read_private(KeyType type, BytesView data) {
  switch (type) {
    case KeyType::kRsa:
      return rsa::read_private(data);
    case KeyType::kEd25519:
      return ed25519::read_private(data);
    case KeyType::kSecp256k1:
      return secp256k1::read_private(data);
    case KeyType::kEcdsa:
      return ecdsa::read_private(data);
  }
  return fail(Errc::kUnsupported, "unknown key type");
}

Result<KeyMaterial> generate_material(KeyType type, Rng& rng) {
  switch (type) {
    case KeyType::kEd25519:
      return ed25519::generate(rng);
    case KeyType::kSecp256k1:
      return secp256k1::generate(rng);
    case KeyType::kRsa:
    case KeyType::kEcdsa:
      break;
  }
  return fail(Errc::kUnsupported, "keys of this type are not generated");
}

}  // namespace

std::string_view name_of(KeyType type) noexcept {
  switch (type) {
    case KeyType::kRsa:
      return "rsa";
    case KeyType::kEd25519:
      return "ed25519";
    case KeyType::kSecp256k1:
      return "secp256k1";
    case KeyType::kEcdsa:
      return "ecdsa";
  }
  return "unknown";
}

Result<PublicKey> PublicKey::from_data(KeyType type, BytesView data) {
  POND_CHECK(check_public(type, data));
  return PublicKey{type, to_bytes(data)};
}

bool PublicKey::verify(BytesView message, BytesView signature) const {
  switch (type_) {
    case KeyType::kRsa:
      return rsa::verify(data_, message, signature);
    case KeyType::kEd25519:
      return ed25519::verify(data_, message, signature);
    case KeyType::kSecp256k1:
      return secp256k1::verify(data_, message, signature);
    case KeyType::kEcdsa:
      return ecdsa::verify(data_, message, signature);
  }
  return false;
}

Result<PrivateKey> PrivateKey::generate(KeyType type, Rng& rng) {
  POND_TRY(KeyMaterial key, generate_material(type, rng));
  return PrivateKey{PublicKey{type, std::move(key.public_data)}, std::move(key.private_data)};
}

Result<PrivateKey> PrivateKey::from_data(KeyType type, BytesView data) {
  POND_TRY(KeyMaterial key, read_private(type, data));
  return PrivateKey{PublicKey{type, std::move(key.public_data)}, std::move(key.private_data)};
}

PrivateKey& PrivateKey::operator=(PrivateKey&& other) noexcept {
  if (this != &other) {
    wipe(data_);
    public_key_ = std::move(other.public_key_);
    data_ = std::move(other.data_);
  }
  return *this;
}

PrivateKey& PrivateKey::operator=(const PrivateKey& other) {
  return *this = PrivateKey{other};
}

PrivateKey::~PrivateKey() {
  wipe(data_);
}

Result<Bytes> PrivateKey::sign(BytesView message) const {
  switch (type()) {
    case KeyType::kRsa:
      return rsa::sign(data_, message);
    case KeyType::kEd25519:
      return ed25519::sign(data_, message);
    case KeyType::kSecp256k1:
      return secp256k1::sign(data_, message);
    case KeyType::kEcdsa:
      return ecdsa::sign(data_, message);
  }
  return fail(Errc::kInternal, "private key of an unknown type");
}

}  // namespace pond::crypto
