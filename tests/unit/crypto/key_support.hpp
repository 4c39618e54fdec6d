#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "pond/crypto/keys.hpp"

#include "hex.hpp"
#include "libp2p_vectors.hpp"

namespace pond::test {

/// A published key pair of each type, for tests that hold for all of them.
struct KeyVector {
  crypto::KeyType type;
  std::string_view private_data;
  std::string_view public_data;
};

inline const std::vector<KeyVector> kKeyVectors = {
    {crypto::KeyType::kEcdsa, vectors::kEcdsaPrivate, vectors::kEcdsaPublic},
    {crypto::KeyType::kEd25519, vectors::kEd25519Private, vectors::kEd25519Public},
    {crypto::KeyType::kSecp256k1, vectors::kSecp256k1Private, vectors::kSecp256k1Public},
    {crypto::KeyType::kRsa, vectors::kRsaPrivate, vectors::kRsaPublic},
};

[[nodiscard]] inline std::string name_of_vector(const testing::TestParamInfo<KeyVector>& info) {
  return std::string{crypto::name_of(info.param.type)};
}

/// The error of reading `data` as a public or private key; fails the test when there is none.
[[nodiscard]] inline Errc public_error(crypto::KeyType type, BytesView data) {
  const auto key = crypto::PublicKey::from_data(type, data);
  EXPECT_FALSE(key);
  return key ? Errc::kInternal : key.error().code;
}

[[nodiscard]] inline Errc private_error(crypto::KeyType type, BytesView data) {
  const auto key = crypto::PrivateKey::from_data(type, data);
  EXPECT_FALSE(key);
  return key ? Errc::kInternal : key.error().code;
}

/// Whether the public key verifies; fails the test when the key does not parse.
[[nodiscard]] inline bool verifies(crypto::KeyType type, BytesView public_data, BytesView message,
                                   BytesView signature) {
  const auto key = crypto::PublicKey::from_data(type, public_data);
  EXPECT_TRUE(key);
  return key && key->verify(message, signature);
}

}  // namespace pond::test
