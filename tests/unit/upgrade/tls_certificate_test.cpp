#include "pond/upgrade/tls_certificate.hpp"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/upgrade/tls_identity.hpp"
#include "pond/wire/peer_id.hpp"

#include "support/libp2p_key_vectors.hpp"
#include "support/tls_peer.hpp"
#include "support/tls_vectors.hpp"

namespace pond::upgrade {
namespace {

using test::CertificateRecipe;
using test::kTlsNow;

Errc verdict(const CertificateRecipe& recipe) {
  const auto verified = verify_tls_certificate(recipe.der(), kTlsNow);
  return verified ? Errc::kNotFound : verified.error().code;
}
constexpr Errc kBelieved = Errc::kNotFound;

class TlsVectors : public testing::TestWithParam<std::size_t> {};

TEST_P(TlsVectors, OfTheSpecification) {
  const auto& vector = test::kTlsVectors[GetParam()];
  const auto key = verify_tls_certificate(*from_hex(vector.certificate_hex), kTlsNow);
  if (vector.peer_id.empty()) {
    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().code, Errc::kBadSignature);
  } else {
    ASSERT_TRUE(key.has_value()) << key.error().what;
    EXPECT_EQ(wire::PeerId::from_public_key(*key).to_base58(), vector.peer_id);
  }
}

INSTANTIATE_TEST_SUITE_P(All, TlsVectors, testing::Range<std::size_t>(0, std::size(test::kTlsVectors)),
                         [](const auto& tested) { return std::string{test::kTlsVectors[tested.param].name}; });

class TlsIdentityKeys : public testing::TestWithParam<std::size_t> {};

TEST_P(TlsIdentityKeys, OwnCertificatesSpeakForTheIdentity) {
  const auto& vector = test::kLibp2pKeyVectors[GetParam()];
  const auto key = wire::decode_private_key(*from_hex(vector.private_hex));
  const auto identity = TlsIdentity::make(*key, {}, kTlsNow);
  ASSERT_TRUE(identity.has_value()) << identity.error().what;
  const auto seen = verify_tls_certificate(identity->certificate(), kTlsNow);
  ASSERT_TRUE(seen.has_value()) << seen.error().what;
  EXPECT_EQ(*seen, key->public_key());
  EXPECT_EQ(identity->peer_id().to_base58(), vector.base58);
}

INSTANTIATE_TEST_SUITE_P(All, TlsIdentityKeys, testing::Range<std::size_t>(0, std::size(test::kLibp2pKeyVectors)),
                         [](const auto& tested) {
                           return std::string{crypto::name_of(test::kLibp2pKeyVectors[tested.param].type)};
                         });

TEST(TlsCertificate, OneMadeByHandIsBelieved) {
  EXPECT_EQ(verdict({}), kBelieved);
}

TEST(TlsCertificate, TheExtensionMayBeCritical) {
  EXPECT_EQ(verdict({.signed_key_critical = 1}), kBelieved);
}

TEST(TlsCertificate, ANonCriticalUnknownExtensionIsIgnored) {
  EXPECT_EQ(verdict({.plain_oid = "1.2.3.4"}), kBelieved);
}

TEST(TlsCertificate, ACriticalUnknownExtensionIsRefused) {
  EXPECT_EQ(verdict({.critical_oid = "1.2.3.4"}), Errc::kUnsupported);
}

TEST(TlsCertificate, WithoutTheExtensionItSpeaksForNobody) {
  EXPECT_EQ(verdict({.signed_keys = 0}), Errc::kMalformed);
}

TEST(TlsCertificate, TwoExtensionsAreRefused) {
  EXPECT_EQ(verdict({.signed_keys = 2}), Errc::kMalformed);
}

TEST(TlsCertificate, OctetsBehindTheSignedKeyAreRefused) {
  EXPECT_EQ(verdict({.more_in_signed_key = "x"}), Errc::kMalformed);
}

TEST(TlsCertificate, NotYetValid) {
  EXPECT_EQ(verdict({.not_before = kTlsNow + 1min}), Errc::kProtocol);
}

TEST(TlsCertificate, Expired) {
  EXPECT_EQ(verdict({.not_after = kTlsNow - 1min}), Errc::kProtocol);
}

TEST(TlsCertificate, SignedByAnotherKeyThanItsOwn) {
  EXPECT_EQ(verdict({.signed_by_another = true}), Errc::kBadSignature);
}

TEST(TlsCertificate, TheIdentitySignedForAnotherUse) {
  EXPECT_EQ(verdict({.prefix = "libp2p-tls-handshakE:"}), Errc::kBadSignature);
}

TEST(TlsCertificate, OtherCurvesAndRsaAreBelieved) {
  EXPECT_EQ(verdict({.curve = "P-384"}), kBelieved);
  EXPECT_EQ(verdict({.curve = "P-521"}), kBelieved);
  EXPECT_EQ(verdict({.curve = ""}), kBelieved);
}

TEST(TlsCertificate, WeakKeysAndSignaturesAreRefused) {
  EXPECT_EQ(verdict({.curve = "", .rsa_bits = 1024}), Errc::kUnsupported);
  EXPECT_EQ(verdict({.curve = "P-192"}), Errc::kUnsupported);
  EXPECT_EQ(verdict({.digest = EVP_sha1()}), Errc::kUnsupported);
}

TEST(TlsCertificate, OctetsBehindItAreRefused) {
  Bytes der = CertificateRecipe{}.der();
  der.push_back(0);
  EXPECT_EQ(verify_tls_certificate(der, kTlsNow).error().code, Errc::kMalformed);
}

TEST(TlsCertificate, NothingIsNoCertificate) {
  EXPECT_EQ(verify_tls_certificate({}, kTlsNow).error().code, Errc::kMalformed);
}

TEST(TlsCertificate, OverTheLimitIsNotLookedAt) {
  const Bytes der(kMaxTlsCertificateBytes + 1, 0x30);
  EXPECT_EQ(verify_tls_certificate(der, kTlsNow).error().code, Errc::kTooLarge);
}

TEST(TlsCertificate, EveryCutIsRefused) {
  const Bytes der = CertificateRecipe{}.der();
  for (std::size_t size = 0; size < der.size(); ++size) {
    ASSERT_FALSE(verify_tls_certificate(BytesView{der}.first(size), kTlsNow).has_value()) << size;
  }
}

RC_GTEST_PROP(TlsCertificate, AnAlteredOneNeverSpeaksForAnotherIdentity, ()) {
  static const Bytes der = CertificateRecipe{}.der();
  static const auto honest = verify_tls_certificate(der, kTlsNow);
  Bytes altered = der;
  altered[*rc::gen::inRange<std::size_t>(0, der.size())] ^= *rc::gen::inRange<std::uint8_t>(1, 255);
  // An altered signature of the certificate itself, in another encoding of the same, may still verify.
  const auto verified = verify_tls_certificate(altered, kTlsNow);
  RC_ASSERT(!verified || *verified == *honest);
}

}  // namespace
}  // namespace pond::upgrade
