#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "pond/crypto/aead.hpp"
#include "pond/crypto/ethereum.hpp"
#include "pond/crypto/hash.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/crypto/x25519.hpp"

#include "key_support.hpp"

namespace pond::crypto {
namespace {

using test::hex;

/// Calls `work` at the same time in several threads; how many of them failed.
template <typename Work>
int failures_in_threads(const Work& work) {
  constexpr int kThreads = 4;
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] { good += work() ? 1 : 0; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return kThreads - good;
}

TEST(Threads, HashesAreIndependent) {
  const std::string text(10'000, 'a');
  const Digest sha = sha256(as_bytes(text));
  const Digest keccak = keccak256(as_bytes(text));
  const Digest hmac = hmac_sha256(sha, as_bytes(text));
  EXPECT_EQ(failures_in_threads([&] {
              bool same = true;
              for (int i = 0; i < 50; ++i) {
                same = same && sha256(as_bytes(text)) == sha && keccak256(as_bytes(text)) == keccak &&
                       hmac_sha256(sha, as_bytes(text)) == hmac;
              }
              return same;
            }),
            0);
}

TEST(Threads, OneKeySignsAndVerifiesInAllOfThem) {
  for (const test::KeyVector& vector : test::kKeyVectors) {
    const PrivateKey key = PrivateKey::from_data(vector.type, hex(vector.private_data)).value();
    EXPECT_EQ(failures_in_threads([&] {
                const auto signature = key.sign(as_bytes("message"));
                return signature && key.public_key().verify(as_bytes("message"), *signature);
              }),
              0)
        << name_of(vector.type);
  }
}

TEST(Threads, EachHasItsOwnCipherAndExchange) {
  EXPECT_EQ(failures_in_threads([&] {
              SeededRng rng{1};
              const X25519KeyPair pair = X25519KeyPair::generate(rng);
              ChaChaPoly cipher{x25519(pair.secret, pair.public_key).value()};
              Bytes sealed(116);
              cipher.seal(1, {}, Bytes(100, 7), sealed);
              Bytes opened(100);
              return cipher.open(1, {}, sealed, opened).has_value() && opened == Bytes(100, 7);
            }),
            0);
}

TEST(Threads, EthereumSignaturesRecoverInAllOfThem) {
  SeededRng rng{1};
  const EthKey key = EthKey::generate(rng);
  EXPECT_EQ(failures_in_threads([&] {
              const auto signer = eth_recover(eip191_hash(as_bytes("a")), key.sign_message(as_bytes("a")));
              return signer && *signer == key.address();
            }),
            0);
}

}  // namespace
}  // namespace pond::crypto
