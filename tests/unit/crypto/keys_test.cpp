#include "pond/crypto/keys.hpp"

#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "key_support.hpp"

namespace pond::crypto {
namespace {

using test::hex;
using test::KeyVector;
using test::kKeyVectors;

class EveryKeyType : public testing::TestWithParam<KeyVector> {
 protected:
  const KeyType type_ = GetParam().type;
  const PrivateKey private_key_ = PrivateKey::from_data(type_, hex(GetParam().private_data)).value();
};

INSTANTIATE_TEST_SUITE_P(PeerIdsVectors, EveryKeyType, testing::ValuesIn(kKeyVectors), test::name_of_vector);

TEST_P(EveryKeyType, PublicKeyOfTheVectorComesFromItsPrivateKey) {
  EXPECT_EQ(to_hex(private_key_.public_key().data()), GetParam().public_data);
}

TEST_P(EveryKeyType, DataIsWhatWasRead) {
  EXPECT_EQ(to_hex(private_key_.data()), GetParam().private_data);
  EXPECT_EQ(to_hex(PublicKey::from_data(type_, hex(GetParam().public_data)).value().data()), GetParam().public_data);
}

TEST_P(EveryKeyType, KnowsItsType) {
  EXPECT_EQ(private_key_.type(), type_);
  EXPECT_EQ(private_key_.public_key().type(), type_);
}

TEST_P(EveryKeyType, VerifiesWhatItSigned) {
  const Bytes message = to_bytes("a message");
  EXPECT_TRUE(private_key_.public_key().verify(message, private_key_.sign(message).value()));
}

TEST_P(EveryKeyType, SignsAnEmptyMessage) {
  EXPECT_TRUE(private_key_.public_key().verify({}, private_key_.sign({}).value()));
}

TEST_P(EveryKeyType, SignsALongMessage) {
  const Bytes message(100'000, 3);
  EXPECT_TRUE(private_key_.public_key().verify(message, private_key_.sign(message).value()));
}

TEST_P(EveryKeyType, RefusesASignatureOfAnotherMessage) {
  EXPECT_FALSE(private_key_.public_key().verify(as_bytes("b"), private_key_.sign(as_bytes("a")).value()));
}

TEST_P(EveryKeyType, RefusesAnEmptySignature) {
  EXPECT_FALSE(private_key_.public_key().verify(as_bytes("a"), {}));
}

TEST_P(EveryKeyType, RefusesEveryFlippedBitOfASignature) {
  const Bytes message = to_bytes("a message");
  const Bytes signature = private_key_.sign(message).value();
  // RSA verifies slowly; a prime stride still visits every part of its 512 octets.
  const std::size_t stride = type_ == KeyType::kRsa ? 37 : 1;
  for (std::size_t bit = 0; bit < signature.size() * 8; bit += stride) {
    Bytes forged = signature;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(private_key_.public_key().verify(message, forged)) << "bit " << bit;
  }
}

TEST_P(EveryKeyType, RefusesEveryFlippedBitOfAMessage) {
  const Bytes message = to_bytes("abcd");
  const Bytes signature = private_key_.sign(message).value();
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Bytes forged = message;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_FALSE(private_key_.public_key().verify(forged, signature)) << "bit " << bit;
  }
}

TEST_P(EveryKeyType, RefusesEveryTruncationOfASignature) {
  const Bytes message = to_bytes("a message");
  const Bytes signature = private_key_.sign(message).value();
  for (std::size_t size = 0; size < signature.size(); ++size) {
    ASSERT_FALSE(private_key_.public_key().verify(message, BytesView{signature}.first(size))) << size;
  }
}

TEST_P(EveryKeyType, RefusesASignatureWithMoreOctetsBehind) {
  const Bytes message = to_bytes("a message");
  Bytes signature = private_key_.sign(message).value();
  signature.push_back(0);
  EXPECT_FALSE(private_key_.public_key().verify(message, signature));
}

TEST_P(EveryKeyType, RefusesNothingAtAllAsAKey) {
  EXPECT_EQ(test::public_error(type_, {}), Errc::kMalformed);
  EXPECT_EQ(test::private_error(type_, {}), Errc::kMalformed);
}

TEST_P(EveryKeyType, RefusesEveryTruncationOfAPublicKey) {
  const Bytes data = hex(GetParam().public_data);
  for (std::size_t size = 0; size < data.size(); ++size) {
    ASSERT_FALSE(PublicKey::from_data(type_, BytesView{data}.first(size))) << size;
  }
}

TEST_P(EveryKeyType, RefusesEveryTruncationOfAPrivateKey) {
  const Bytes data = hex(GetParam().private_data);
  for (std::size_t size = 0; size < data.size(); ++size) {
    ASSERT_FALSE(PrivateKey::from_data(type_, BytesView{data}.first(size))) << size;
  }
}

TEST_P(EveryKeyType, RefusesAPublicKeyWithMoreOctetsBehind) {
  Bytes data = hex(GetParam().public_data);
  data.push_back(0);
  EXPECT_FALSE(PublicKey::from_data(type_, data));
}

TEST_P(EveryKeyType, RefusesAPrivateKeyWithMoreOctetsBehind) {
  Bytes data = hex(GetParam().private_data);
  data.push_back(0);
  EXPECT_FALSE(PrivateKey::from_data(type_, data));
}

TEST_P(EveryKeyType, TakesNoPublicKeyOfAnotherType) {
  for (const KeyVector& other : kKeyVectors) {
    if (other.type != type_) {
      EXPECT_FALSE(PublicKey::from_data(type_, hex(other.public_data))) << name_of(other.type);
    }
  }
}

TEST_P(EveryKeyType, CopiesAreEqualAndIndependent) {
  PrivateKey copy = private_key_;
  PrivateKey moved = std::move(copy);
  copy = private_key_;
  EXPECT_EQ(moved.data(), private_key_.data());
  EXPECT_EQ(copy.data(), private_key_.data());
  EXPECT_EQ(copy.public_key(), private_key_.public_key());
}

TEST_P(EveryKeyType, RandomOctetsNeverVerify) {
  EXPECT_TRUE(rc::check("random signatures", [this](const Bytes& message, const Bytes& signature) {
    RC_ASSERT(!private_key_.public_key().verify(message, signature));
  }));
}

TEST_P(EveryKeyType, RandomOctetsOfAnyLengthAreReadWithoutHarm) {
  EXPECT_TRUE(rc::check("random keys", [this](const Bytes& data) {
    (void)PublicKey::from_data(type_, data);
    (void)PrivateKey::from_data(type_, data);
  }));
}

TEST_P(EveryKeyType, DamagedKeysAreReadWithoutHarm) {
  EXPECT_TRUE(rc::check("damaged keys", [this] {
    const bool secret = *rc::gen::arbitrary<bool>();
    Bytes data = hex(secret ? GetParam().private_data : GetParam().public_data);
    const auto damages = *rc::gen::inRange(1, 4);
    for (int i = 0; i < damages; ++i) {
      data[*rc::gen::inRange<std::size_t>(0, data.size())] = *rc::gen::arbitrary<std::uint8_t>();
    }
    if (secret) {
      (void)PrivateKey::from_data(type_, data);
      return;
    }
    const auto key = PublicKey::from_data(type_, data);
    if (key) {
      (void)key->verify(as_bytes("a"), Bytes(512, 1));
    }
  }));
}

TEST(PrivateKey, AssignsToItself) {
  SeededRng rng{1};
  PrivateKey key = PrivateKey::generate(KeyType::kEd25519, rng).value();
  const Bytes data = key.data();
  PrivateKey& same = key;
  key = same;
  EXPECT_EQ(key.data(), data);
  key = std::move(same);
  EXPECT_EQ(key.data(), data);
}

class GeneratedKey : public testing::TestWithParam<KeyType> {};

INSTANTIATE_TEST_SUITE_P(Keys, GeneratedKey, testing::Values(KeyType::kEd25519, KeyType::kSecp256k1),
                         [](const auto& key) { return std::string{name_of(key.param)}; });

TEST_P(GeneratedKey, IsDecidedByTheRandomness) {
  SeededRng first{7};
  SeededRng second{7};
  const PrivateKey key = PrivateKey::generate(GetParam(), first).value();
  EXPECT_EQ(key.data(), PrivateKey::generate(GetParam(), second).value().data());
  EXPECT_NE(key.data(), PrivateKey::generate(GetParam(), first).value().data());
}

TEST_P(GeneratedKey, ReadsBackFromItsData) {
  SeededRng rng{7};
  const PrivateKey key = PrivateKey::generate(GetParam(), rng).value();
  EXPECT_EQ(PrivateKey::from_data(GetParam(), key.data()).value().public_key(), key.public_key());
  EXPECT_EQ(PublicKey::from_data(GetParam(), key.public_key().data()).value(), key.public_key());
}

TEST_P(GeneratedKey, SignsDeterministically) {
  SeededRng rng{7};
  const PrivateKey key = PrivateKey::generate(GetParam(), rng).value();
  EXPECT_EQ(key.sign(as_bytes("a")).value(), key.sign(as_bytes("a")).value());
}

TEST_P(GeneratedKey, DoesNotVerifyForAnotherKey) {
  SeededRng rng{7};
  const PrivateKey key = PrivateKey::generate(GetParam(), rng).value();
  const PrivateKey other = PrivateKey::generate(GetParam(), rng).value();
  EXPECT_FALSE(other.public_key().verify(as_bytes("a"), key.sign(as_bytes("a")).value()));
  EXPECT_FALSE(other.public_key() == key.public_key());
}

TEST(KeyTypes, RsaAndEcdsaAreNotGenerated) {
  SeededRng rng{1};
  EXPECT_EQ(PrivateKey::generate(KeyType::kRsa, rng).error().code, Errc::kUnsupported);
  EXPECT_EQ(PrivateKey::generate(KeyType::kEcdsa, rng).error().code, Errc::kUnsupported);
}

TEST(KeyTypes, AnUnknownNumberIsUnsupported) {
  const KeyType unknown{4};
  SeededRng rng{1};
  EXPECT_EQ(test::public_error(unknown, Bytes(32)), Errc::kUnsupported);
  EXPECT_EQ(test::private_error(unknown, Bytes(32)), Errc::kUnsupported);
  EXPECT_EQ(PrivateKey::generate(unknown, rng).error().code, Errc::kUnsupported);
}

TEST(KeyTypes, HaveNames) {
  EXPECT_EQ(name_of(KeyType::kRsa), "rsa");
  EXPECT_EQ(name_of(KeyType::kEd25519), "ed25519");
  EXPECT_EQ(name_of(KeyType::kSecp256k1), "secp256k1");
  EXPECT_EQ(name_of(KeyType::kEcdsa), "ecdsa");
  EXPECT_EQ(name_of(KeyType{9}), "unknown");
}

}  // namespace
}  // namespace pond::crypto
