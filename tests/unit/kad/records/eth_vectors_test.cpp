// Every entry of tests/vectors/eth_records.json, which other languages read too, is a case of its own.

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/kad/records/fixture.hpp"

namespace pond::kad::testing {
namespace {

struct Vector {
  std::string name;
  std::string expect;
  Bytes key;
  Bytes value;
  std::string network;
  WallTime now;
  bool accept_unsigned;
  std::optional<wire::PeerId> sender;
  friend void PrintTo(const Vector& v, std::ostream* out) { *out << v.name; }
};

Bytes from_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Bytes out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = bits << 6U | static_cast<std::uint32_t>(kDigits.find(c));
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<std::uint8_t>(bits >> held));
    }
  }
  return out;
}

std::vector<Vector> load() {
  std::ifstream file(std::string{POND_TEST_DATA} + "/eth_records.json");
  const auto json = nlohmann::json::parse(file);
  std::vector<Vector> out;
  for (const auto& entry : json.at("records")) {
    Vector v{.name = entry.at("name"),
             .expect = entry.at("expect"),
             .key = to_bytes(entry.at("key").get<std::string>()),
             .value = {},
             .network = entry.at("network"),
             .now = WallTime{entry.at("now").get<std::int64_t>()},
             .accept_unsigned = entry.value("acceptUnsigned", false),
             .sender = std::nullopt};
    v.value = entry.contains("value") ? to_bytes(entry.at("value").get<std::string>())
                                      : from_base64(entry.at("valueBase64").get<std::string>());
    if (entry.contains("sender")) {
      v.sender = *wire::PeerId::parse(entry.at("sender").get<std::string>());
    }
    out.push_back(std::move(v));
  }
  return out;
}

std::string outcome_of(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::kAuthentic:
      return "valid";
    case Verdict::Kind::kUnsigned:
      return "accepted-unsigned";
    case Verdict::Kind::kStale:
      return "stale";
    case Verdict::Kind::kInvalid:
      break;
  }
  return std::string{name_of(verdict.rejection->reason)};
}

class EthVectors : public ::testing::TestWithParam<Vector> {
 protected:
  static Verdict judge(EthValidator& validator) {
    const Vector& v = GetParam();
    return validator.validate(v.key, v.value,
                              {.now = v.now,
                               .network = v.network,
                               .sender = v.sender,
                               .accept_unsigned = v.accept_unsigned,
                               .standing = std::nullopt});
  }
};

TEST_P(EthVectors, IsJudgedAsExpected) {
  EthValidator validator;
  EXPECT_EQ(outcome_of(judge(validator)), GetParam().expect);
  EXPECT_EQ(outcome_of(judge(validator)), GetParam().expect) << "the second time";
  const bool needs_recovery = GetParam().expect == "valid" || GetParam().expect == "bad-signature";
  EXPECT_EQ(validator.counters().recoveries, needs_recovery ? 1U : 0U);
}

std::string test_name(const ::testing::TestParamInfo<Vector>& info) {
  std::string out = std::to_string(info.index) + "_";
  for (const char c : info.param.name) {
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Table, EthVectors, ::testing::ValuesIn(load()), test_name);

}  // namespace
}  // namespace pond::kad::testing
