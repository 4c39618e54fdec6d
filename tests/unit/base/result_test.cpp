#include "pond/base/result.hpp"

#include <array>
#include <memory>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace pond {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) {
    return fail(Errc::kInvalidArgument, "odd");
  }
  return number / 2;
}

Result<void> check_even(int number) {
  if (number % 2 != 0) {
    return fail(Errc::kMalformed, "odd");
  }
  return {};
}

Result<int> quarter(int number) {
  POND_TRY(const int once, half(number));
  POND_TRY(const int twice, half(once));
  return twice;
}

Result<std::string_view> checked(int number) {
  POND_CHECK(check_even(number));
  return "even";
}

TEST(Result, TryPassesTheValueOn) {
  EXPECT_EQ(quarter(12).value(), 3);
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(quarter(3).error().code, Errc::kInvalidArgument);
  EXPECT_EQ(quarter(6).error().what, "odd");
}

TEST(Result, TryMovesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  const auto use = [&]() -> Result<int> {
    POND_TRY(const std::unique_ptr<int> owner, make());
    return *owner;
  };
  EXPECT_EQ(use().value(), 5);
}

TEST(Result, CheckPassesSuccessAndReturnsFailure) {
  EXPECT_EQ(checked(2).value(), "even");
  EXPECT_EQ(checked(1).error().code, Errc::kMalformed);
}

TEST(Error, IsEqualByItsCodeAlone) {
  EXPECT_EQ((Error{Errc::kReset, "a"}), (Error{Errc::kReset, "b"}));
  EXPECT_FALSE((Error{Errc::kReset, "a"}) == (Error{Errc::kDns, "a"}));
}

constexpr std::array kAllCodes = {
    Errc::kInvalidArgument, Errc::kLimit,        Errc::kClosed,    Errc::kCancelled, Errc::kNotFound,
    Errc::kNoPeers,         Errc::kInternal,     Errc::kMalformed, Errc::kTooLarge,  Errc::kUnsupported,
    Errc::kProtocol,        Errc::kBadSignature, Errc::kWrongPeer, Errc::kRefused,   Errc::kInvalidRecord,
    Errc::kUnreachable,     Errc::kReset,        Errc::kDns,       Errc::kTimeout,
};

TEST(Errc, HasNineteenCodes) {
  EXPECT_EQ(kAllCodes.size(), static_cast<std::size_t>(Errc::kTimeout) + 1);
}

TEST(Errc, NamesAreDifferentAndKebabCase) {
  std::set<std::string_view> names;
  for (const Errc code : kAllCodes) {
    const std::string_view name = name_of(code);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << name;
  }
}

TEST(Fault, FollowsTheGroups) {
  EXPECT_EQ(fault_of(Errc::kInvalidArgument), Fault::kOurs);
  EXPECT_EQ(fault_of(Errc::kInternal), Fault::kOurs);
  EXPECT_EQ(fault_of(Errc::kMalformed), Fault::kPeer);
  EXPECT_EQ(fault_of(Errc::kInvalidRecord), Fault::kPeer);
  EXPECT_EQ(fault_of(Errc::kUnreachable), Fault::kNetwork);
  EXPECT_EQ(fault_of(Errc::kDns), Fault::kNetwork);
  EXPECT_EQ(fault_of(Errc::kTimeout), Fault::kTime);
}

TEST(Fault, HasNames) {
  EXPECT_EQ(name_of(Fault::kOurs), "ours");
  EXPECT_EQ(name_of(Fault::kPeer), "peer");
  EXPECT_EQ(name_of(Fault::kNetwork), "network");
  EXPECT_EQ(name_of(Fault::kTime), "time");
}

}  // namespace
}  // namespace pond
