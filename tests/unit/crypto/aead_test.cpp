#include "pond/crypto/aead.hpp"

#include <array>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <rapidcheck/gtest.h>

#include "hex.hpp"

namespace pond::crypto {
namespace {

using test::digest;
using test::hex;

Bytes seal(ChaChaPoly& cipher, std::uint64_t nonce, const Bytes& associated_data, const Bytes& plaintext) {
  Bytes sealed(plaintext.size() + ChaChaPoly::kTagBytes);
  cipher.seal(nonce, associated_data, plaintext, sealed);
  return sealed;
}

Result<Bytes> open(ChaChaPoly& cipher, std::uint64_t nonce, const Bytes& associated_data, const Bytes& sealed) {
  Bytes plaintext(sealed.size() < ChaChaPoly::kTagBytes ? 0 : sealed.size() - ChaChaPoly::kTagBytes);
  POND_CHECK(cipher.open(nonce, associated_data, sealed, plaintext));
  return plaintext;
}

/// The RFC's own form, with any 12-octet nonce, straight from OpenSSL.
Bytes reference_seal(const Digest& key, const std::array<std::uint8_t, 12>& nonce, const Bytes& associated_data,
                     const Bytes& plaintext) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free};
  EVP_EncryptInit_ex(context.get(), EVP_chacha20_poly1305(), nullptr, key.data(), nonce.data());
  int written = 0;
  if (!associated_data.empty()) {
    EVP_EncryptUpdate(context.get(), nullptr, &written, associated_data.data(),
                      static_cast<int>(associated_data.size()));
  }
  Bytes sealed(plaintext.size() + 16);
  if (!plaintext.empty()) {
    EVP_EncryptUpdate(context.get(), sealed.data(), &written, plaintext.data(), static_cast<int>(plaintext.size()));
  }
  EVP_EncryptFinal_ex(context.get(), sealed.data() + plaintext.size(), &written);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, sealed.data() + plaintext.size());
  return sealed;
}

// RFC 8439, appendix A.5: its nonce begins with four zero octets, as Noise's do.
const Digest kRfcKey = digest("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
constexpr std::uint64_t kRfcNonce = 0x0807060504030201;
const Bytes kRfcAssociatedData = hex("f33388860000000000004e91");
const Bytes kRfcPlaintext = to_bytes(
    "Internet-Drafts are draft documents valid for a maximum of six months and may be updated, replaced, or obsoleted "
    "by other documents at any time. It is inappropriate to use Internet-Drafts as reference material or to cite them "
    "other than as /\xe2\x80\x9cwork in progress./\xe2\x80\x9d");
const Bytes kRfcSealed =
    hex("64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b"
        "0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c8559797a06ef4f0ef61c186324e"
        "2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523eaf45"
        "34d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a10"
        "73a6727627097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709b"
        "eead9d67890cbb22392336fea1851f38");

TEST(ChaChaPoly, SealsTheVectorOfTheRfc) {
  ChaChaPoly cipher{kRfcKey};
  EXPECT_EQ(to_hex(seal(cipher, kRfcNonce, kRfcAssociatedData, kRfcPlaintext)), to_hex(kRfcSealed));
}

TEST(ChaChaPoly, OpensTheVectorOfTheRfc) {
  ChaChaPoly cipher{kRfcKey};
  const auto plaintext = open(cipher, kRfcNonce, kRfcAssociatedData, kRfcSealed);
  ASSERT_TRUE(plaintext);
  EXPECT_EQ(*plaintext, kRfcPlaintext);
}

RC_GTEST_PROP(ChaChaPoly, SealsLikeOpenSslWithFourZerosAndALittleEndianCounter,
              (std::uint64_t nonce, const Bytes& associated_data, const Bytes& plaintext)) {
  const Digest key = sha256(as_bytes("key"));
  std::array<std::uint8_t, 12> octets{};
  for (std::size_t i = 0; i < 8; ++i) {
    octets[4 + i] = static_cast<std::uint8_t>(nonce >> (8 * i));
  }
  ChaChaPoly cipher{key};
  RC_ASSERT(seal(cipher, nonce, associated_data, plaintext) == reference_seal(key, octets, associated_data, plaintext));
}

RC_GTEST_PROP(ChaChaPoly, OneObjectSealsAndOpensInAnyOrder, (const std::vector<Bytes>& messages)) {
  ChaChaPoly cipher{Digest{5}};
  std::vector<Bytes> sealed;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    sealed.push_back(seal(cipher, i, {}, messages[i]));
    const std::size_t earlier = i / 2;
    RC_ASSERT(open(cipher, earlier, {}, sealed[earlier]).value() == messages[earlier]);
  }
}

RC_GTEST_PROP(ChaChaPoly, OneFlippedBitIsRefused, (const Bytes& plaintext)) {
  ChaChaPoly cipher{Digest{5}};
  Bytes sealed = seal(cipher, 7, {}, plaintext);
  const auto bit = *rc::gen::inRange<std::size_t>(0, sealed.size() * 8);
  sealed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  const auto opened = open(cipher, 7, {}, sealed);
  RC_ASSERT(!opened.has_value());
  RC_ASSERT(opened.error().code == Errc::kBadSignature);
}

TEST(ChaChaPoly, AnotherNonceIsRefused) {
  ChaChaPoly cipher{Digest{5}};
  EXPECT_FALSE(open(cipher, 2, {}, seal(cipher, 1, {}, to_bytes("text"))));
}

TEST(ChaChaPoly, OtherAssociatedDataIsRefused) {
  ChaChaPoly cipher{Digest{5}};
  EXPECT_FALSE(open(cipher, 1, to_bytes("b"), seal(cipher, 1, to_bytes("a"), to_bytes("text"))));
}

TEST(ChaChaPoly, AnotherKeyIsRefused) {
  ChaChaPoly one{Digest{1}};
  ChaChaPoly other{Digest{2}};
  EXPECT_FALSE(open(other, 1, {}, seal(one, 1, {}, to_bytes("text"))));
}

TEST(ChaChaPoly, OpensAgainAfterARefusal) {
  ChaChaPoly cipher{Digest{5}};
  const Bytes sealed = seal(cipher, 1, {}, to_bytes("text"));
  Bytes forged = sealed;
  forged.back() ^= 1;
  ASSERT_FALSE(open(cipher, 1, {}, forged));
  EXPECT_EQ(open(cipher, 1, {}, sealed).value(), to_bytes("text"));
}

TEST(ChaChaPoly, ShorterThanATagIsRefused) {
  ChaChaPoly cipher{Digest{5}};
  for (std::size_t size = 0; size < ChaChaPoly::kTagBytes; ++size) {
    const auto opened = open(cipher, 0, {}, Bytes(size));
    ASSERT_FALSE(opened) << size;
    EXPECT_EQ(opened.error().code, Errc::kBadSignature);
  }
}

TEST(ChaChaPoly, AnEmptyMessageIsJustATag) {
  ChaChaPoly cipher{Digest{5}};
  const Bytes sealed = seal(cipher, 0, {}, {});
  EXPECT_EQ(sealed.size(), ChaChaPoly::kTagBytes);
  EXPECT_EQ(open(cipher, 0, {}, sealed).value(), Bytes{});
}

TEST(ChaChaPoly, WorksInPlace) {
  ChaChaPoly cipher{Digest{5}};
  const Bytes plaintext(1000, 0x61);
  Bytes buffer = plaintext;
  buffer.resize(plaintext.size() + ChaChaPoly::kTagBytes);
  cipher.seal(3, {}, BytesView{buffer}.first(plaintext.size()), buffer);
  EXPECT_EQ(buffer, seal(cipher, 3, {}, plaintext));
  ASSERT_TRUE(cipher.open(3, {}, buffer, std::span{buffer}.first(plaintext.size())));
  buffer.resize(plaintext.size());
  EXPECT_EQ(buffer, plaintext);
}

TEST(ChaChaPoly, MovesWithItsKey) {
  ChaChaPoly first{Digest{5}};
  const Bytes sealed = seal(first, 1, {}, to_bytes("text"));
  ChaChaPoly second{std::move(first)};
  EXPECT_EQ(open(second, 1, {}, sealed).value(), to_bytes("text"));
  first = std::move(second);
  EXPECT_EQ(open(first, 1, {}, sealed).value(), to_bytes("text"));
}

TEST(ChaChaPolyDeath, SealingIntoABufferOfAnotherSizeEndsTheProcess) {
  ChaChaPoly cipher{Digest{5}};
  Bytes out(3);
  EXPECT_DEATH(cipher.seal(0, {}, Bytes(4), out), "");
}

}  // namespace
}  // namespace pond::crypto
