#include "pond/upgrade/noise_xx.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/noise_pair.hpp"

namespace pond::upgrade {
namespace {

using test::FixedRng;

struct Exchange {
  std::string_view payload;
  std::string_view ciphertext;
};

/// A published vector of Noise_XX_25519_ChaChaPoly_SHA256: three handshake messages, then transport messages in turn.
struct Vector {
  const char* name;
  std::string_view prologue;
  std::string_view initiator_static;
  std::string_view initiator_ephemeral;
  std::string_view responder_static;
  std::string_view responder_ephemeral;
  std::string_view handshake_hash;  ///< empty: not published
  std::vector<Exchange> messages;
};

Bytes hex(std::string_view digits) {
  return from_hex(digits).value();
}

crypto::X25519KeyPair key_pair(std::string_view secret_hex) {
  crypto::Digest secret{};
  const Bytes octets = hex(secret_hex);
  std::copy(octets.begin(), octets.end(), secret.begin());
  return crypto::X25519KeyPair::from_secret(secret);
}

NoiseXx side(NoiseRole role, std::string_view static_hex, std::string_view ephemeral_hex,
             std::string_view prologue_hex) {
  FixedRng rng{hex(ephemeral_hex)};
  return NoiseXx{role, key_pair(static_hex), rng, hex(prologue_hex)};
}

class NoiseVector : public testing::TestWithParam<Vector> {
 protected:
  NoiseXx initiator_ =
      side(NoiseRole::kInitiator, GetParam().initiator_static, GetParam().initiator_ephemeral, GetParam().prologue);
  NoiseXx responder_ =
      side(NoiseRole::kResponder, GetParam().responder_static, GetParam().responder_ephemeral, GetParam().prologue);

  void shake_hands() {
    for (std::size_t i = 0; i < 3; ++i) {
      NoiseXx& writer = i == 1 ? responder_ : initiator_;
      NoiseXx& reader = i == 1 ? initiator_ : responder_;
      Bytes message;
      ASSERT_TRUE(writer.write(hex(GetParam().messages[i].payload), message).has_value());
      EXPECT_EQ(to_hex(message), GetParam().messages[i].ciphertext) << "message " << i + 1;
      EXPECT_EQ(message.size(), NoiseXx::overhead(static_cast<int>(i) + 1) + GetParam().messages[i].payload.size() / 2);
      Bytes payload;
      ASSERT_TRUE(reader.read(message, payload).has_value());
      EXPECT_EQ(to_hex(payload), GetParam().messages[i].payload) << "payload " << i + 1;
    }
  }
};

TEST_P(NoiseVector, HandshakeMessagesHaveThePublishedBytes) {
  shake_hands();
}

TEST_P(NoiseVector, BothSidesLearnTheStaticKeyAndAgreeOnTheHash) {
  shake_hands();
  EXPECT_EQ(initiator_.remote_static(), key_pair(GetParam().responder_static).public_key);
  EXPECT_EQ(responder_.remote_static(), key_pair(GetParam().initiator_static).public_key);
  EXPECT_EQ(initiator_.handshake_hash(), responder_.handshake_hash());
  if (!GetParam().handshake_hash.empty()) {
    EXPECT_EQ(to_hex(initiator_.handshake_hash()), GetParam().handshake_hash);
  }
}

TEST_P(NoiseVector, TransportMessagesHaveThePublishedBytes) {
  shake_hands();
  CipherPair of_initiator = initiator_.split();
  CipherPair of_responder = responder_.split();
  for (std::size_t i = 3; i < GetParam().messages.size(); ++i) {
    const bool from_responder = i % 2 == 1;
    CipherState& sender = from_responder ? of_responder.responder_to_initiator : of_initiator.initiator_to_responder;
    CipherState& receiver = from_responder ? of_initiator.responder_to_initiator : of_responder.initiator_to_responder;
    const Bytes payload = hex(GetParam().messages[i].payload);
    Bytes sealed(payload.size() + CipherState::kTagBytes);
    ASSERT_TRUE(sender.encrypt({}, payload, sealed).has_value());
    EXPECT_EQ(to_hex(sealed), GetParam().messages[i].ciphertext) << "message " << i + 1;
    Bytes opened(payload.size());
    ASSERT_TRUE(receiver.decrypt({}, sealed, opened).has_value());
    EXPECT_EQ(opened, payload);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Published, NoiseVector,
    testing::Values(
        Vector{"Cacophony",
               "4a6f686e2047616c74",
               "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
               "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
               "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
               "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
               "c8e5f64e846193be2a834104c2a009868d6c9f3bd3c186299888b488b2f1f58e",
               {{"4c756477696720766f6e204d69736573",
                 "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444c756477696720766f6e204d69736573"},
                {"4d757272617920526f746862617264",
                 "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f14480884381cbad1f276e038c48378ffce2b65285e08d6"
                 "b68aa"
                 "a3629a5a8639392490e5b9bd5269c2f1e4f488ed8831161f19b7815528f8982ffe09be9b5c412f8a0db50f8814c7194e83f23"
                 "dbd8d"
                 "162c9326ad"},
                {"462e20412e20486179656b",
                 "c7195ffacac1307ff99046f219750fc47693e23c3cb08b89c2af808b444850a80ae475b9df0f169ae80a89be0865b57f58c9f"
                 "ea0d4"
                 "ec82a286427402f113e4b6ae769a1d95941d49b25030"},
                {"4361726c204d656e676572", "96763ed773f8e47bb3712f0e29b3060ffc956ffc146cee53d5e1df"},
                {"4a65616e2d426170746973746520536179",
                 "3e40f15f6f3a46ae446b253bf8b1d9ffb6ed9b174d272328ff91a7e2e5c79c07f5"},
                {"457567656e2042f6686d20766f6e2042617765726b",
                 "eb3f3515110702e047a6c9da4478b6ead94873c11c0f2d710ddb3f09fce024b3a58502ae3f"}}},
        Vector{
            "Snow",
            "5468657265206973206e6f20726967687420616e642077726f6e672e2054686572652773206f6e6c792066756e20616e6420626f72"
            "696e672e",
            "7dec208517a3b81a2861d7a71266d5d6dc944c5a8816634a86fe63198a0148ee",
            "a32daf21e93c0131495ce1d903181fde81cc46937daaeb990bae7c992709421e",
            "4d0aed5098e3b4ef20357e9f686ce66204c792b358da2e475017d6c485304881",
            "4eece0f195d026db035ff987597c429d3ad3bcc2944df37d649528951b2a27c5",
            "",
            {{"d03c489139e645d0711a3c9e810d776b46a84912463fafa87b884eebf242dc34",
              "f9fa868ba97ab8a2686deccfaad5a484ee10a5bb85e3d1dce015a84797f92818d03c489139e645d0711a3c9e810d776b46a84912"
              "46"
              "3fafa87b884eebf242dc34"},
             {"d8190a92f7dc0c93dbea9118ba8055751fb7c6590c416ffbd419964132b99a85",
              "8c4e6fdb7d09d501a86f7eca5c234522751706ed409182c05cdf5f827d4dae47b81c6c5f43b025692c24391eefee725c17d8cb0f"
              "be"
              "3e4abb8aedf42c4fd2592d4ea48ac08989d6ae8b4adae08b2c34087c808c7aa55a63c02b0fab9e930612336bd43eaea04d3c670a"
              "0a"
              "146691aa9cc9d357872320dc735dbc48580cffb553db"},
             {"77891b19dcb92ef7c055b672c4a5aa7fdf1c84146b8b303459022729473ce254",
              "933ca6b5ed60df3df66121f0ab49a09e49efa45c613a86a3cecbf4c535cef2f83f72b42837b18e3572f2fdc2b74c331e2368a545"
              "ce"
              "f54bdca081678ab0e9dd5348122459e0c034c851984d88ce610963d43cde6cfe73a67fbd5a63e8bfca96d0"},
             {"d7efdf988072881941db045a42882433817555128fbf5663e56081712ec7d212",
              "54ef0ff0629e1aaa7685a2806ab111cba76b52331f2642276736f415868eacb69ab2577f3bda0cbf72f879685f6ed25f"},
             {"dd7bf01a588bafb52c6cfba952e5d8fe35cc2b3f92b4730ae2474615157345ce",
              "356be70f110306d5c699bb834bb9d58d909e325924dfbec972e406e6f294dc63e1daebefe8a62a334facc8048ab4ad66"}}}),
    [](const auto& tested) { return tested.param.name; });

// --- Order and ends ---

NoiseXx random_side(NoiseRole role, std::uint64_t seed) {
  SeededRng rng{seed};
  return NoiseXx{role, crypto::X25519KeyPair::generate(rng), rng};
}

TEST(NoiseXx, OnlyTheInitiatorWritesFirst) {
  NoiseXx responder = random_side(NoiseRole::kResponder, 1);
  Bytes out;
  EXPECT_FALSE(responder.may_write());
  EXPECT_EQ(responder.write({}, out).error().code, Errc::kProtocol);
  EXPECT_TRUE(random_side(NoiseRole::kInitiator, 1).may_write());
}

TEST(NoiseXx, TheInitiatorReadsNothingBeforeItHasWritten) {
  NoiseXx initiator = random_side(NoiseRole::kInitiator, 1);
  Bytes payload;
  EXPECT_EQ(initiator.read(Bytes(200), payload).error().code, Errc::kProtocol);
}

TEST(NoiseXx, RefusesAMessageShorterThanItsKeys) {
  NoiseXx responder = random_side(NoiseRole::kResponder, 1);
  Bytes payload;
  EXPECT_EQ(responder.read(Bytes(NoiseXx::overhead(1) - 1, 9), payload).error().code, Errc::kMalformed);
}

TEST(NoiseXx, RefusesALowOrderEphemeralKey) {
  NoiseXx responder = random_side(NoiseRole::kResponder, 1);
  Bytes payload;
  ASSERT_TRUE(responder.read(Bytes(NoiseXx::overhead(1), 0), payload).has_value());
  Bytes out;
  EXPECT_EQ(responder.write({}, out).error().code, Errc::kProtocol);
}

TEST(NoiseXx, AnotherPrologueDoesNotMeet) {
  SeededRng rng{1};
  const auto keys = crypto::X25519KeyPair::generate(rng);
  NoiseXx initiator{NoiseRole::kInitiator, keys, rng, as_bytes("a")};
  NoiseXx responder{NoiseRole::kResponder, keys, rng, as_bytes("b")};
  Bytes message;
  Bytes payload;
  ASSERT_TRUE(initiator.write({}, message).has_value());
  ASSERT_TRUE(responder.read(message, payload).has_value());
  message.clear();
  ASSERT_TRUE(responder.write({}, message).has_value());
  EXPECT_EQ(initiator.read(message, payload).error().code, Errc::kBadSignature);
}

TEST(NoiseXx, EndsAfterThreeMessages) {
  NoiseXx initiator = random_side(NoiseRole::kInitiator, 1);
  NoiseXx responder = random_side(NoiseRole::kResponder, 2);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(initiator.next_message(), i);
    Bytes message;
    Bytes payload;
    ASSERT_TRUE((i == 2 ? responder : initiator).write({}, message).has_value());
    ASSERT_TRUE((i == 2 ? initiator : responder).read(message, payload).has_value());
  }
  EXPECT_TRUE(initiator.complete());
  EXPECT_TRUE(responder.complete());
  EXPECT_FALSE(initiator.may_write());
  EXPECT_FALSE(responder.may_write());
  Bytes more;
  EXPECT_EQ(responder.read(Bytes(200), more).error().code, Errc::kProtocol);
}

TEST(CipherState, StopsBeforeTheReservedNonce) {
  CipherState last{crypto::Digest{}, std::numeric_limits<std::uint64_t>::max() - 1};
  Bytes sealed(CipherState::kTagBytes);
  EXPECT_TRUE(last.encrypt({}, {}, sealed).has_value());
  EXPECT_EQ(last.encrypt({}, {}, sealed).error().code, Errc::kLimit);
  CipherState used_up{crypto::Digest{}, std::numeric_limits<std::uint64_t>::max()};
  EXPECT_EQ(used_up.decrypt({}, sealed, {}).error().code, Errc::kLimit);
}

TEST(CipherState, AFailedDecryptionUsesNoNonce) {
  CipherState sender{crypto::Digest{}};
  CipherState receiver{crypto::Digest{}};
  Bytes sealed(CipherState::kTagBytes);
  ASSERT_TRUE(sender.encrypt({}, {}, sealed).has_value());
  Bytes altered = sealed;
  altered[3] ^= 1;
  EXPECT_EQ(receiver.decrypt({}, altered, {}).error().code, Errc::kBadSignature);
  EXPECT_TRUE(receiver.decrypt({}, sealed, {}).has_value());
}

TEST(SymmetricState, BeforeAKeyCiphertextIsPlaintext) {
  SymmetricState sender{{}};
  SymmetricState receiver{{}};
  Bytes out;
  ASSERT_TRUE(sender.encrypt_and_hash(as_bytes("open"), out).has_value());
  EXPECT_EQ(as_text(out), "open");
  Bytes in;
  ASSERT_TRUE(receiver.decrypt_and_hash(out, in).has_value());
  EXPECT_EQ(sender.handshake_hash(), receiver.handshake_hash());
}

TEST(SymmetricState, WithAKeyACiphertextHasATag) {
  SymmetricState state{{}};
  state.mix_key(crypto::Digest{});
  Bytes out;
  EXPECT_EQ(state.decrypt_and_hash(Bytes(CipherState::kTagBytes - 1), out).error().code, Errc::kMalformed);
  EXPECT_EQ(state.decrypt_and_hash(Bytes(CipherState::kTagBytes + 4), out).error().code, Errc::kBadSignature);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace pond::upgrade
