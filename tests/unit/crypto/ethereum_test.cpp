#include "pond/crypto/ethereum.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <secp256k1.h>

#include "hex.hpp"

namespace pond::crypto {
namespace {

using test::digest;
using test::hex;

// The account that Ethereum's development tools know as their first, and a record that viem signed with it.
constexpr std::string_view kSecret = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
constexpr std::string_view kAddress = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
constexpr std::string_view kRecord =
    R"({"v":1,"domain":"openpond-dht-record","network":"local",)"
    R"("peerId":"16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa","timestamp":1763800000000,)"
    R"("expires":1763886400000,"agentId":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","agentName":"agent-1",)"
    R"("multiaddrs":["/ip4/127.0.0.1/tcp/8000"]})";
constexpr std::string_view kRecordHash = "eb4cda2908bdf74f79ef9a173002a469ad554b03f3dd00e3348329de50a0c54b";
constexpr std::string_view kRecordSignature =
    "b1ea6ecdbc3d64d8e35aa0aec8ae88b2ab8ee2ba65e91ec7ad5fc34589ac94d3"
    "4f26be3512f90f7082282958bd86f0b3f5671e94b15c46d41bfc25042ac9fe511b";

EthSignature signature(BytesView octets) {
  EthSignature result{};
  std::ranges::copy(octets, result.begin());
  return result;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

class Eip55 : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(
    Ethereum, Eip55,
    testing::Values("0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
                    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
                    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"));

TEST_P(Eip55, ReadsAndWritesTheVector) {
  const auto address = EthAddress::parse(GetParam());
  ASSERT_TRUE(address);
  EXPECT_EQ(address->to_checksummed(), GetParam());
}

TEST_P(Eip55, LowercaseIsTheSameAddress) {
  const auto address = EthAddress::parse(lower(GetParam()));
  ASSERT_TRUE(address);
  EXPECT_EQ(address->to_checksummed(), GetParam());
  EXPECT_EQ(address->to_lowercase(), lower(GetParam()));
}

TEST_P(Eip55, AnyMixedCaseButTheRightOneIsRefused) {
  for (std::size_t i = 2; i < GetParam().size(); ++i) {
    std::string text = GetParam();
    const auto c = static_cast<unsigned char>(text[i]);
    text[i] = static_cast<char>(std::isupper(c) != 0 ? std::tolower(c) : std::toupper(c));
    const bool mixed = std::ranges::any_of(text.substr(2), [](unsigned char d) { return std::islower(d) != 0; }) &&
                       std::ranges::any_of(text.substr(2), [](unsigned char d) { return std::isupper(d) != 0; });
    if (text != GetParam() && mixed) {
      EXPECT_FALSE(EthAddress::parse(text)) << text;
    }
  }
}

TEST(EthAddress, UppercaseDigitsAreTaken) {
  EXPECT_EQ(EthAddress::parse("0xF39FD6E51AAD88F6F4CE6AB8827279CFFFB92266").value().to_checksummed(), kAddress);
}

TEST(EthAddress, DigitsWithoutLettersAreTaken) {
  EXPECT_TRUE(EthAddress::parse("0x0000000000000000000000000000000000000000"));
}

TEST(EthAddress, OtherTextsAreRefused) {
  for (const std::string_view text :
       {"", "0x", "f39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb9226",
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb922667", "0Xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
        "0xg39fd6e51aad88f6f4ce6ab8827279cfffb92266", " 0xf39fd6e51aad88f6f4ce6ab8827279cfffb9226",
        "0x0xf39fd6e51aad88f6f4ce6ab8827279cfffb922"}) {
    const auto address = EthAddress::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, Errc::kInvalidArgument);
  }
}

RC_GTEST_PROP(EthAddress, EveryAddressReadsBackFromBothTexts, (const std::array<std::uint8_t, 20>& raw)) {
  const EthAddress address{raw};
  RC_ASSERT(EthAddress::parse(address.to_checksummed()).value() == address);
  RC_ASSERT(EthAddress::parse(address.to_lowercase()).value() == address);
}

RC_GTEST_PROP(EthAddress, AnyTextIsReadWithoutHarm, (const std::string& text)) {
  RC_ASSERT(!EthAddress::parse(text).has_value());
}

TEST(Eip191, HashOfTheRecord) {
  EXPECT_EQ(to_hex(eip191_hash(as_bytes(kRecord))), kRecordHash);
}

// The value that web3 and ethers print for this text.
TEST(Eip191, HashOfHelloWorld) {
  EXPECT_EQ(to_hex(eip191_hash(as_bytes("Hello World"))),
            "a1de988600a42c4b4ab089b619297c17d53cffae5d5120d82d8a92d0bb3b78f2");
}

TEST(Eip191, LengthIsInDecimal) {
  EXPECT_EQ(eip191_hash(Bytes(100, 'a')), keccak256(as_bytes("\x19"
                                                             "Ethereum Signed Message:\n100" +
                                                             std::string(100, 'a'))));
  EXPECT_EQ(eip191_hash({}), keccak256(as_bytes("\x19"
                                                "Ethereum Signed Message:\n0")));
}

TEST(EthRecover, FindsTheSignerOfTheRecord) {
  const auto signer = eth_recover(digest(kRecordHash), signature(hex(kRecordSignature)));
  ASSERT_TRUE(signer);
  EXPECT_EQ(signer->to_checksummed(), kAddress);
}

TEST(EthRecover, OtherRecoveryValuesAreRefused) {
  for (int v = 0; v < 256; ++v) {
    EthSignature changed = signature(hex(kRecordSignature));
    changed.back() = static_cast<std::uint8_t>(v);
    const auto signer = eth_recover(digest(kRecordHash), changed);
    if (v != 27 && v != 28) {
      ASSERT_FALSE(signer) << v;
      EXPECT_EQ(signer.error().code, Errc::kBadSignature);
    }
  }
}

// 29 and 30 stand for points whose x lies above the group's order: possible only for a tiny r.
TEST(EthRecover, RecoveryValuesForATinyRAreRefusedToo) {
  EthSignature changed = signature(hex(kRecordSignature));
  std::fill(changed.begin(), changed.begin() + 32, std::uint8_t{0});
  for (std::uint8_t r = 1; r < 32; ++r) {
    changed[31] = r;
    for (const std::uint8_t v : {std::uint8_t{29}, std::uint8_t{30}}) {
      changed.back() = v;
      EXPECT_FALSE(eth_recover(digest(kRecordHash), changed)) << int{r};
    }
  }
}

TEST(EthRecover, TheOtherRecoveryValueIsAnotherSigner) {
  EthSignature changed = signature(hex(kRecordSignature));
  changed.back() = 28;
  const auto signer = eth_recover(digest(kRecordHash), changed);
  EXPECT_TRUE(!signer || signer->to_checksummed() != kAddress);
}

// n - s with the other v recovers the same key; a record could then be had in two spellings.
TEST(EthRecover, AnSInTheUpperHalfIsRefused) {
  EthSignature changed = signature(hex(kRecordSignature));
  ASSERT_EQ(secp256k1_ec_seckey_negate(secp256k1_context_static, changed.data() + 32), 1);
  changed.back() = 28;
  const auto signer = eth_recover(digest(kRecordHash), changed);
  ASSERT_FALSE(signer);
  EXPECT_EQ(signer.error().code, Errc::kBadSignature);
}

TEST(EthRecover, TheHalfOfTheOrderIsStillLowAndTheNextIsHigh) {
  EthSignature edge = signature(hex(kRecordSignature));
  const Bytes half = hex("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
  std::ranges::copy(half, edge.begin() + 32);
  EXPECT_TRUE(eth_recover(digest(kRecordHash), edge));
  ++edge[63];
  EXPECT_FALSE(eth_recover(digest(kRecordHash), edge));
}

TEST(EthRecover, NumbersOutOfRangeAreRefused) {
  const Bytes order = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  for (const Bytes& number : {Bytes(32), order, Bytes(32, 0xff)}) {
    for (const int offset : {0, 32}) {
      EthSignature changed = signature(hex(kRecordSignature));
      std::ranges::copy(number, changed.begin() + offset);
      EXPECT_FALSE(eth_recover(digest(kRecordHash), changed)) << to_hex(number) << " at " << offset;
    }
  }
}

TEST(EthRecover, EveryFlippedBitLosesTheSigner) {
  const EthSignature original = signature(hex(kRecordSignature));
  for (std::size_t bit = 0; bit < original.size() * 8; ++bit) {
    EthSignature forged = original;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto signer = eth_recover(digest(kRecordHash), forged);
    ASSERT_TRUE(!signer || signer->to_checksummed() != kAddress) << "bit " << bit;
  }
}

RC_GTEST_PROP(EthRecover, RandomSignaturesDoNoHarm, (const std::array<std::uint8_t, 65>& octets)) {
  (void)eth_recover(Digest{1}, octets);
  EthSignature plausible = octets;
  plausible[32] &= 0x7f;
  plausible.back() = 27;
  (void)eth_recover(Digest{1}, plausible);
}

TEST(EthKey, AddressOfTheWellKnownKey) {
  EXPECT_EQ(EthKey::parse(kSecret).value().address().to_checksummed(), kAddress);
}

TEST(EthKey, SignsTheRecordAsViemDoes) {
  EXPECT_EQ(to_hex(EthKey::parse(kSecret).value().sign_message(as_bytes(kRecord))), kRecordSignature);
}

TEST(EthKey, PrefixIsOptional) {
  EXPECT_EQ(EthKey::parse(kSecret.substr(2)).value().address().to_checksummed(), kAddress);
}

TEST(EthKey, UppercaseDigitsAreTaken) {
  EXPECT_EQ(EthKey::parse("AC0974BEC39A17E36BA4A6B4D238FF944BACB478CBED5EFCAE784D7BF4F2FF80").value().to_hex(),
            kSecret);
}

TEST(EthKey, WritesWhatItReads) {
  EXPECT_EQ(EthKey::parse(kSecret).value().to_hex(), kSecret);
}

TEST(EthKey, OtherTextsAreRefused) {
  const std::string secret{kSecret};
  for (const std::string& text : {std::string{}, std::string{"0x"}, secret + "0", secret.substr(0, 65), " " + secret,
                                  secret + "\n", "0x" + secret, secret.substr(0, 65) + "g", "0X" + secret.substr(2)}) {
    const auto key = EthKey::parse(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, Errc::kInvalidArgument);
  }
}

TEST(EthKey, NumbersThatAreNoKeyAreRefused) {
  EXPECT_FALSE(EthKey::parse(std::string(64, '0')));
  EXPECT_FALSE(EthKey::parse("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
  EXPECT_FALSE(EthKey::parse(std::string(64, 'f')));
}

TEST(EthKey, NumberJustBelowTheOrderIsAKey) {
  EXPECT_TRUE(EthKey::parse("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"));
}

TEST(EthKey, NumberOneHasItsKnownAddress) {
  EXPECT_EQ(EthKey::parse(std::string(63, '0') + "1").value().address().to_checksummed(),
            "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
}

TEST(EthKey, IsDecidedByTheRandomness) {
  SeededRng first{3};
  SeededRng second{3};
  EXPECT_EQ(EthKey::generate(first).to_hex(), EthKey::generate(second).to_hex());
  EXPECT_NE(EthKey::generate(first).to_hex(), EthKey::generate(first).to_hex());
}

RC_GTEST_PROP(EthKey, WhatItSignsRecoversToItsAddress, (const Bytes& message, std::uint64_t seed)) {
  SeededRng rng{seed};
  const EthKey key = EthKey::generate(rng);
  RC_ASSERT(eth_recover(eip191_hash(message), key.sign_message(message)).value() == key.address());
}

TEST(EthKey, SignsDeterministically) {
  const EthKey key = EthKey::parse(kSecret).value();
  const EthKey copy = key;
  EXPECT_EQ(key.sign_message(as_bytes("a")), copy.sign_message(as_bytes("a")));
}

}  // namespace
}  // namespace pond::crypto
