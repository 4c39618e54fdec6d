#include "pond/upgrade/noise_symmetric.hpp"

#include <array>
#include <limits>
#include <string_view>
#include <tuple>

#include "pond/crypto/wipe.hpp"

namespace pond::upgrade {
namespace {

/// Noise reserves the last nonce (for rekeying).
constexpr std::uint64_t kReservedNonce = std::numeric_limits<std::uint64_t>::max();

constexpr std::string_view kProtocolName = "Noise_XX_25519_ChaChaPoly_SHA256";

/// A name of exactly a hash's length is the first hash itself, without hashing (5.2, InitializeSymmetric).
static_assert(kProtocolName.size() == std::tuple_size_v<crypto::Digest>);

crypto::Digest initial_hash() {
  crypto::Digest hash;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    hash[i] = static_cast<std::uint8_t>(kProtocolName[i]);
  }
  return hash;
}

}  // namespace

Result<void> CipherState::encrypt(BytesView associated_data, BytesView plaintext, std::span<std::uint8_t> out) {
  if (nonce_ == kReservedNonce) {
    return fail(Errc::kLimit, "noise nonces are used up");
  }
  aead_.seal(nonce_, associated_data, plaintext, out);
  ++nonce_;
  return {};
}

Result<void> CipherState::decrypt(BytesView associated_data, BytesView ciphertext, std::span<std::uint8_t> out) {
  if (nonce_ == kReservedNonce) {
    return fail(Errc::kLimit, "noise nonces are used up");
  }
  POND_CHECK(aead_.open(nonce_, associated_data, ciphertext, out));
  ++nonce_;
  return {};
}

SymmetricState::SymmetricState(BytesView prologue) : chaining_key_(initial_hash()), hash_(chaining_key_) {
  mix_hash(prologue);
}

SymmetricState::~SymmetricState() {
  crypto::wipe(chaining_key_);
}

void SymmetricState::mix_key(const crypto::Digest& input_key_material) {
  std::array<crypto::Digest, 2> keys;
  crypto::noise_hkdf(chaining_key_, input_key_material, keys);
  chaining_key_ = keys[0];
  cipher_.emplace(keys[1]);
  crypto::wipe(keys[0]);
  crypto::wipe(keys[1]);
}

void SymmetricState::mix_hash(BytesView data) {
  hash_ = crypto::sha256(hash_, data);
}

Result<void> SymmetricState::encrypt_and_hash(BytesView plaintext, Bytes& out) {
  const std::size_t before = out.size();
  if (!cipher_) {
    append(out, plaintext);
  } else {
    out.resize(before + plaintext.size() + CipherState::kTagBytes);
    if (auto sealed = cipher_->encrypt(hash_, plaintext, std::span{out}.subspan(before)); !sealed) {
      out.resize(before);
      return sealed;
    }
  }
  mix_hash(BytesView{out}.subspan(before));
  return {};
}

Result<void> SymmetricState::decrypt_and_hash(BytesView ciphertext, Bytes& out) {
  if (!cipher_) {
    append(out, ciphertext);
    mix_hash(ciphertext);
    return {};
  }
  if (ciphertext.size() < CipherState::kTagBytes) {
    return fail(Errc::kMalformed, "noise ciphertext shorter than its tag");
  }
  const std::size_t before = out.size();
  out.resize(before + ciphertext.size() - CipherState::kTagBytes);
  if (auto opened = cipher_->decrypt(hash_, ciphertext, std::span{out}.subspan(before)); !opened) {
    out.resize(before);
    return opened;
  }
  mix_hash(ciphertext);
  return {};
}

CipherPair SymmetricState::split() const {
  std::array<crypto::Digest, 2> keys;
  crypto::noise_hkdf(chaining_key_, {}, keys);
  CipherPair pair{.initiator_to_responder = CipherState{keys[0]}, .responder_to_initiator = CipherState{keys[1]}};
  crypto::wipe(keys[0]);
  crypto::wipe(keys[1]);
  return pair;
}

}  // namespace pond::upgrade
