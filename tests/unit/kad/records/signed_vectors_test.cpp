// Every entry of tests/vectors/signed_records.json, which other languages read too, is a case of its own.

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/kad/records/fixture.hpp"

namespace pond::kad::testing {
namespace {

struct SignedVector {
  std::string name;
  std::string private_key;
  EthDraft draft;
  std::optional<std::string> value;  ///< none: the draft must be refused
  friend void PrintTo(const SignedVector& v, std::ostream* out) { *out << v.name; }
};

EthDraft read_draft(const nlohmann::json& json) {
  EthDraft out{.network = json.at("network"),
               .peer_id = *wire::PeerId::parse(json.at("peerId").get<std::string>()),
               .timestamp = json.at("timestamp"),
               .expires = json.at("expires"),
               .agent_name = json.at("agentName"),
               .multiaddrs = {},
               .others = {}};
  for (const auto& text : json.at("multiaddrs")) {
    out.multiaddrs.push_back(*wire::Multiaddr::parse(text.get<std::string>()));
  }
  for (const auto& other : json.at("others")) {
    out.others.emplace_back(other.at("name"), other.at("json"));
  }
  return out;
}

std::vector<SignedVector> load() {
  std::ifstream file(std::string{POND_TEST_DATA} + "/signed_records.json");
  const auto json = nlohmann::json::parse(file);
  std::vector<SignedVector> out;
  for (const auto& entry : json.at("records")) {
    SignedVector& v = out.emplace_back(SignedVector{.name = entry.at("name"),
                                                    .private_key = entry.at("privateKey"),
                                                    .draft = read_draft(entry.at("draft")),
                                                    .value = std::nullopt});
    if (entry.contains("value")) {
      v.value = entry.at("value").get<std::string>();
    }
  }
  return out;
}

class SignedVectors : public ::testing::TestWithParam<SignedVector> {};

TEST_P(SignedVectors, AreMadeOctetForOctetOrRefused) {
  const SignedVector& v = GetParam();
  const auto key = crypto::EthKey::parse(v.private_key);
  ASSERT_TRUE(key);
  const auto made = sign_eth_record(v.draft, *key);
  ASSERT_EQ(made.has_value(), v.value.has_value());
  if (made) {
    EXPECT_EQ(as_text(*made), *v.value);
  }
}

std::string test_name(const ::testing::TestParamInfo<SignedVector>& info) {
  std::string out = std::to_string(info.index) + "_";
  for (const char c : info.param.name) {
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Table, SignedVectors, ::testing::ValuesIn(load()), test_name);

}  // namespace
}  // namespace pond::kad::testing
