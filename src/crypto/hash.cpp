#include "pond/crypto/hash.hpp"

#include <memory>

#include <botan/hash.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "pond/crypto/wipe.hpp"

#include "openssl.hpp"
#include "require.hpp"

namespace pond::crypto {
namespace {

/// Starts SHA-256 in this thread's context: making one costs more than hashing a short message.
EVP_MD_CTX* start_sha256() {
  thread_local const MdContext context{EVP_MD_CTX_new()};
  require(context != nullptr && EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1);
  return context.get();
}

Digest finish_sha256(EVP_MD_CTX* context) {
  Digest digest;
  require(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  return digest;
}

Botan::HashFunction& keccak_of_thread() {
  thread_local const std::unique_ptr<Botan::HashFunction> keccak = Botan::HashFunction::create("Keccak-1600(256)");
  require(keccak != nullptr);
  return *keccak;
}

const EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  require(algorithm != nullptr);
  return algorithm;
}

}  // namespace

Digest sha256(BytesView data) {
  EVP_MD_CTX* const context = start_sha256();
  require(EVP_DigestUpdate(context, data.data(), data.size()) == 1);
  return finish_sha256(context);
}

Digest sha256(BytesView a, BytesView b) {
  EVP_MD_CTX* const context = start_sha256();
  require(EVP_DigestUpdate(context, a.data(), a.size()) == 1);
  require(EVP_DigestUpdate(context, b.data(), b.size()) == 1);
  return finish_sha256(context);
}

Digest keccak256(BytesView data) {
  return keccak256(data, {});
}

Digest keccak256(BytesView a, BytesView b) {
  Botan::HashFunction& keccak = keccak_of_thread();
  keccak.update(a.data(), a.size());
  keccak.update(b.data(), b.size());
  Digest digest;
  keccak.final(digest.data());
  return digest;
}

Digest hmac_sha256(BytesView key, BytesView data) {
  // A context for each call: one that stays would keep the key in memory.
  const MacContext context{EVP_MAC_CTX_new(const_cast<EVP_MAC*>(hmac_algorithm()))};
  char digest_name[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
                               OSSL_PARAM_construct_end()};
  // A null key would mean "the key of before".
  constexpr std::uint8_t kNoKey = 0;
  Digest digest;
  std::size_t written = 0;
  require(context != nullptr &&
          EVP_MAC_init(context.get(), key.empty() ? &kNoKey : key.data(), key.size(), params) == 1);
  require(EVP_MAC_update(context.get(), data.data(), data.size()) == 1);
  require(EVP_MAC_final(context.get(), digest.data(), &written, digest.size()) == 1 && written == digest.size());
  return digest;
}

void noise_hkdf(const Digest& chaining_key, BytesView input_key_material, std::span<Digest> outputs) {
  Digest temporary_key = hmac_sha256(chaining_key, input_key_material);
  // The previous output, then the number of this one.
  std::array<std::uint8_t, sizeof(Digest) + 1> block;
  std::size_t previous_size = 0;
  std::uint8_t number = 1;
  for (Digest& output : outputs) {
    block[previous_size] = number;
    output = hmac_sha256(temporary_key, BytesView{block}.first(previous_size + 1));
    std::ranges::copy(output, block.begin());
    previous_size = sizeof(Digest);
    ++number;
  }
  wipe(block);
  wipe(temporary_key);
}

}  // namespace pond::crypto
