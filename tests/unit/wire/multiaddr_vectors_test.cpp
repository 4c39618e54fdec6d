// Every entry of tests/vectors/multiaddr_texts.json, by which the TypeScript package is judged too.

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pond/wire/multiaddr.hpp"

namespace pond::wire {
namespace {

struct MultiaddrText {
  std::string text;
  std::optional<std::string> canonical;  ///< none: it must be refused
};

std::vector<MultiaddrText> load() {
  std::ifstream file(std::string{POND_TEST_DATA} + "/multiaddr_texts.json");
  const auto json = nlohmann::json::parse(file);
  std::vector<MultiaddrText> out;
  for (const auto& entry : json.at("texts")) {
    MultiaddrText& v = out.emplace_back(MultiaddrText{.text = entry.at("text"), .canonical = std::nullopt});
    if (entry.contains("canonical")) {
      v.canonical = entry.at("canonical").get<std::string>();
    }
  }
  return out;
}

TEST(MultiaddrVectors, AreTakenAndPrintedOrRefused) {
  const auto vectors = load();
  ASSERT_GE(vectors.size(), 689U);
  for (const auto& [text, canonical] : vectors) {
    const auto address = Multiaddr::parse(text);
    ASSERT_EQ(address.has_value(), canonical.has_value()) << text;
    if (address) {
      EXPECT_EQ(address->to_string(), *canonical) << text;
      EXPECT_EQ(Multiaddr::parse(*canonical), address) << text;
      EXPECT_EQ(Multiaddr::from_bytes(address->bytes()), address) << text;
    }
  }
}

}  // namespace
}  // namespace pond::wire
