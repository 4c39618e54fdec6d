#include "pond/upgrade/multistream.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/multistream_wire.hpp"

namespace pond::upgrade {
namespace {

using namespace std::string_view_literals;
using test::message;
using test::messages;

constexpr std::array kKad{"/openpond/kad/1.0.0"sv, "/ipfs/id/1.0.0"sv};
constexpr std::array kNoise{"/noise"sv};
constexpr std::array kTlsNoise{"/tls/1.0.0"sv, "/noise"sv};

ProtocolNames names(const auto& list) {
  return ProtocolNames{std::span<const std::string_view>{list}};
}

MultistreamDialer started(ProtocolNames protocols) {
  MultistreamDialer dialer{protocols};
  Bytes out;
  EXPECT_TRUE(dialer.start(out).has_value());
  return dialer;
}

Errc error_of(const auto& result) {
  return result.has_value() ? Errc::kInternal : result.error().code;
}

// --- What goes over the wire ---

TEST(MultistreamWire, RefusalHasTheBytesOfTheSpecification) {
  EXPECT_EQ(to_hex(message("na")), "036e610a");
}

TEST(MultistreamWire, DialerPutsHeaderAndProposalInOneWrite) {
  MultistreamDialer dialer{names(kNoise)};
  Bytes out;
  ASSERT_TRUE(dialer.start(out).has_value());
  EXPECT_EQ(as_text(out), "\x13/multistream/1.0.0\n\x07/noise\n");
}

TEST(MultistreamWire, ListenerAnswersHeaderAndProposalInOneWrite) {
  MultistreamListener listener;
  Bytes out;
  const auto in = as_bytes("\x13/multistream/1.0.0\n\x07/noise\n");
  EXPECT_EQ(listener.handle(in, names(kNoise), out), in.size());
  EXPECT_EQ(as_text(out), "\x13/multistream/1.0.0\n\x07/noise\n");
  EXPECT_TRUE(listener.done());
  EXPECT_EQ(listener.protocol(), "/noise");
}

TEST(MultistreamWire, SecurityUpgradeOfTheSpecificationGoesOverTlsToNoise) {
  auto dialer = started(names(kTlsNoise));
  MultistreamListener listener;
  Bytes to_dialer;
  ASSERT_TRUE(listener.handle(messages(kMultistreamHeader, "/tls/1.0.0"), names(kNoise), to_dialer).has_value());
  EXPECT_EQ(to_dialer, messages(kMultistreamHeader, "na"));
  Bytes to_listener;
  ASSERT_TRUE(dialer.handle(to_dialer, to_listener).has_value());
  EXPECT_EQ(to_listener, messages("/noise"));
  to_dialer.clear();
  ASSERT_TRUE(listener.handle(to_listener, names(kNoise), to_dialer).has_value());
  EXPECT_EQ(to_dialer, messages("/noise"));
  ASSERT_TRUE(dialer.handle(to_dialer, to_listener).has_value());
  EXPECT_TRUE(dialer.done());
  EXPECT_EQ(dialer.protocol(), "/noise");
}

// --- ProtocolNames ---

TEST(ProtocolNames, ReadsOwnedStringsAndViewsAlike) {
  const std::vector<std::string> owned{"/a", "/b"};
  const ProtocolNames of_strings{std::span<const std::string>{owned}};
  ASSERT_EQ(of_strings.size(), 2U);
  EXPECT_EQ(of_strings[1], "/b");
  const ProtocolNames of_views = names(kKad);
  ASSERT_EQ(of_views.size(), 2U);
  EXPECT_EQ(of_views[0], "/openpond/kad/1.0.0");
  EXPECT_EQ(ProtocolNames{}.size(), 0U);
}

// --- The dialer ---

TEST(MultistreamDialer, EndsWithTheEcho) {
  auto dialer = started(names(kNoise));
  Bytes out;
  const Bytes in = messages(kMultistreamHeader, "/noise");
  EXPECT_FALSE(dialer.done());
  EXPECT_EQ(dialer.protocol(), "");
  EXPECT_EQ(dialer.handle(in, out), in.size());
  EXPECT_TRUE(dialer.done());
  EXPECT_EQ(dialer.protocol(), "/noise");
  EXPECT_TRUE(out.empty());
}

TEST(MultistreamDialer, LeavesTheBytesBehindTheEcho) {
  auto dialer = started(names(kNoise));
  Bytes in = messages(kMultistreamHeader, "/noise");
  const std::size_t negotiation = in.size();
  append(in, as_bytes("\x03na\n application"));
  Bytes out;
  EXPECT_EQ(dialer.handle(in, out), negotiation);
  EXPECT_EQ(dialer.handle(BytesView{in}.subspan(negotiation), out), 0U);
}

TEST(MultistreamDialer, LeavesTheBytesBehindAnEchoThatArrivesCut) {
  auto dialer = started(names(kNoise));
  Bytes in = messages(kMultistreamHeader, "/noise");
  const std::size_t negotiation = in.size();
  append(in, as_bytes("application"));
  Bytes out;
  ASSERT_EQ(dialer.handle(BytesView{in}.first(negotiation - 3), out), negotiation - 3);
  EXPECT_EQ(dialer.handle(BytesView{in}.subspan(negotiation - 3), out), 3U);
  EXPECT_TRUE(dialer.done());
}

TEST(MultistreamDialer, IsUnsupportedWhenEveryProposalIsRefused) {
  auto dialer = started(names(kTlsNoise));
  Bytes out;
  EXPECT_EQ(error_of(dialer.handle(messages(kMultistreamHeader, "na", "na"), out)), Errc::kUnsupported);
  EXPECT_FALSE(dialer.done());
}

TEST(MultistreamDialer, MayWriteEarlyOnlyBehindASingleProposal) {
  EXPECT_TRUE(MultistreamDialer{"/ipfs/ping/1.0.0"sv}.may_write_early());
  EXPECT_TRUE(MultistreamDialer{names(kNoise)}.may_write_early());
  EXPECT_FALSE(MultistreamDialer{names(kTlsNoise)}.may_write_early());
}

TEST(MultistreamDialer, ProposesASingleBorrowedName) {
  MultistreamDialer dialer{"/ipfs/ping/1.0.0"sv};
  Bytes out;
  ASSERT_TRUE(dialer.start(out).has_value());
  EXPECT_EQ(out, messages(kMultistreamHeader, "/ipfs/ping/1.0.0"));
  ASSERT_TRUE(dialer.handle(out, out).has_value());
  EXPECT_EQ(dialer.protocol(), "/ipfs/ping/1.0.0");
}

TEST(MultistreamDialer, LearnsAfterAnEarlyWriteThatItWasRefused) {
  MultistreamDialer dialer{"/ipfs/ping/1.0.0"sv};
  Bytes out;
  ASSERT_TRUE(dialer.start(out).has_value());
  EXPECT_EQ(error_of(dialer.handle(messages(kMultistreamHeader, "na"), out)), Errc::kUnsupported);
}

TEST(MultistreamDialer, RefusesAnAnswerThatIsNoAnswer) {
  auto dialer = started(names(kNoise));
  Bytes out;
  EXPECT_EQ(error_of(dialer.handle(messages(kMultistreamHeader, "/tls/1.0.0"), out)), Errc::kProtocol);
}

TEST(MultistreamDialer, RefusesTheEchoOfAnEarlierProposal) {
  auto dialer = started(names(kTlsNoise));
  Bytes out;
  EXPECT_EQ(error_of(dialer.handle(messages(kMultistreamHeader, "na", "/tls/1.0.0"), out)), Errc::kProtocol);
}

TEST(MultistreamDialer, RefusesAPeerThatDoesNotBeginWithTheHeader) {
  auto dialer = started(names(kNoise));
  Bytes out;
  EXPECT_EQ(error_of(dialer.handle(messages("/noise"), out)), Errc::kProtocol);
}

TEST(MultistreamDialer, RefusesAnotherVersion) {
  auto dialer = started(names(kNoise));
  Bytes out;
  EXPECT_EQ(error_of(dialer.handle(messages("/multistream/2.0.0"), out)), Errc::kProtocol);
}

TEST(MultistreamDialer, StaysFailed) {
  auto dialer = started(names(kNoise));
  Bytes out;
  ASSERT_FALSE(dialer.handle(messages("/noise"), out).has_value());
  EXPECT_EQ(error_of(dialer.handle(messages(kMultistreamHeader, "/noise"), out)), Errc::kClosed);
  EXPECT_FALSE(dialer.done());
}

TEST(MultistreamDialer, CannotBeFedBeforeStart) {
  MultistreamDialer dialer{names(kNoise)};
  Bytes out;
  EXPECT_EQ(error_of(dialer.handle(messages(kMultistreamHeader), out)), Errc::kInvalidArgument);
}

TEST(MultistreamDialer, StartsOnce) {
  auto dialer = started(names(kNoise));
  Bytes out;
  EXPECT_EQ(error_of(dialer.start(out)), Errc::kInvalidArgument);
  EXPECT_TRUE(out.empty());
}

TEST(MultistreamDialer, RefusesNamesThatCannotBeProposed) {
  const std::string long_name = "/" + std::string(kMaxMultistreamMessageBytes - 1, 'x');
  for (const std::string_view bad : {"noise"sv, "/a\nb"sv, std::string_view{long_name}}) {
    MultistreamDialer dialer{bad};
    Bytes out;
    EXPECT_EQ(error_of(dialer.start(out)), Errc::kInvalidArgument) << bad;
    EXPECT_TRUE(out.empty());
  }
  MultistreamDialer nothing{ProtocolNames{}};
  Bytes out;
  EXPECT_EQ(error_of(nothing.start(out)), Errc::kInvalidArgument);
}

TEST(MultistreamDialer, ProposesANameOfExactlyTheLimit) {
  const std::string name = "/" + std::string(kMaxMultistreamMessageBytes - 2, 'x');
  MultistreamDialer dialer{std::string_view{name}};
  Bytes out;
  ASSERT_TRUE(dialer.start(out).has_value());
  MultistreamListener listener;
  Bytes answer;
  const std::array supported{std::string_view{name}};
  ASSERT_TRUE(listener.handle(out, names(supported), answer).has_value());
  EXPECT_TRUE(listener.done());
}

// --- The listener ---

TEST(MultistreamListener, AnswersTheHeaderBeforeAProposalArrives) {
  MultistreamListener listener;
  Bytes out;
  ASSERT_TRUE(listener.handle(messages(kMultistreamHeader), names(kKad), out).has_value());
  EXPECT_EQ(out, messages(kMultistreamHeader));
  EXPECT_FALSE(listener.done());
  EXPECT_EQ(listener.protocol(), "");
}

TEST(MultistreamListener, LeavesTheBytesPipelinedBehindTheProposal) {
  Bytes in = messages(kMultistreamHeader, "/openpond/kad/1.0.0");
  const std::size_t negotiation = in.size();
  append(in, as_bytes("\x05request"));
  MultistreamListener listener;
  Bytes out;
  EXPECT_EQ(listener.handle(in, names(kKad), out), negotiation);
  EXPECT_EQ(listener.handle(BytesView{in}.subspan(negotiation), names(kKad), out), 0U);
  EXPECT_EQ(out, messages(kMultistreamHeader, "/openpond/kad/1.0.0"));
}

TEST(MultistreamListener, NamesTheEntryOfTheSupportedList) {
  MultistreamListener listener;
  Bytes out;
  ASSERT_TRUE(listener.handle(messages(kMultistreamHeader, "/ipfs/id/1.0.0"), names(kKad), out).has_value());
  EXPECT_EQ(listener.protocol().data(), kKad[1].data());
}

TEST(MultistreamListener, RefusesUnknownNamesAndGoesOn) {
  MultistreamListener listener;
  Bytes out;
  ASSERT_TRUE(
      listener.handle(messages(kMultistreamHeader, "/x", "/y", "/ipfs/id/1.0.0"), names(kKad), out).has_value());
  EXPECT_EQ(out, messages(kMultistreamHeader, "na", "na", "/ipfs/id/1.0.0"));
  EXPECT_TRUE(listener.done());
}

TEST(MultistreamListener, ComparesWholeNames) {
  MultistreamListener listener;
  Bytes out;
  ASSERT_TRUE(
      listener
          .handle(messages(kMultistreamHeader, "/ipfs/id/1.0.0/", "/ipfs/id/1.0", "/IPFS/id/1.0.0"), names(kKad), out)
          .has_value());
  EXPECT_EQ(out, messages(kMultistreamHeader, "na", "na", "na"));
}

TEST(MultistreamListener, RefusesToList) {
  MultistreamListener listener;
  Bytes out;
  ASSERT_TRUE(listener.handle(messages(kMultistreamHeader, "ls", "/ipfs/id/1.0.0"), names(kKad), out).has_value());
  EXPECT_EQ(out, messages(kMultistreamHeader, "na", "/ipfs/id/1.0.0"));
}

TEST(MultistreamListener, RefusesSimultaneousConnect) {
  MultistreamListener listener;
  Bytes out;
  ASSERT_TRUE(
      listener.handle(messages(kMultistreamHeader, "/libp2p/simultaneous-connect", "/noise"), names(kNoise), out)
          .has_value());
  EXPECT_EQ(out, messages(kMultistreamHeader, "na", "/noise"));
}

TEST(MultistreamListener, RefusesEverythingWithAnEmptyList) {
  MultistreamListener listener;
  Bytes out;
  ASSERT_TRUE(listener.handle(messages(kMultistreamHeader, "/noise"), ProtocolNames{}, out).has_value());
  EXPECT_EQ(out, messages(kMultistreamHeader, "na"));
}

TEST(MultistreamListener, UsesTheListOfTheMoment) {
  MultistreamListener listener;
  Bytes out;
  ASSERT_TRUE(listener.handle(messages(kMultistreamHeader, "/noise"), names(kKad), out).has_value());
  ASSERT_TRUE(listener.handle(messages("/noise"), names(kNoise), out).has_value());
  EXPECT_TRUE(listener.done());
}

TEST(MultistreamListener, RefusesADialerWithoutHeader) {
  MultistreamListener listener;
  Bytes out;
  EXPECT_EQ(error_of(listener.handle(messages("/noise"), names(kNoise), out)), Errc::kProtocol);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(error_of(listener.handle(messages(kMultistreamHeader), names(kNoise), out)), Errc::kClosed);
}

TEST(MultistreamListener, RefusesANameWithoutSlash) {
  for (const std::string_view bad : {"noise"sv, ""sv, " /noise"sv, "LS"sv}) {
    MultistreamListener listener;
    Bytes out;
    EXPECT_EQ(error_of(listener.handle(messages(kMultistreamHeader, bad), names(kNoise), out)), Errc::kMalformed)
        << bad;
  }
}

TEST(MultistreamListener, RefusesARefusal) {
  MultistreamListener listener;
  Bytes out;
  EXPECT_EQ(error_of(listener.handle(messages(kMultistreamHeader, "na"), names(kNoise), out)), Errc::kProtocol);
}

TEST(MultistreamListener, AnswersTheLastProposalWithinTheLimit) {
  MultistreamListener listener;
  Bytes in = messages(kMultistreamHeader);
  for (std::size_t i = 1; i < kMaxMultistreamProposals; ++i) {
    append(in, message("/x"));
  }
  append(in, message("/noise"));
  Bytes out;
  EXPECT_EQ(listener.handle(in, names(kNoise), out), in.size());
  EXPECT_TRUE(listener.done());
}

TEST(MultistreamListener, GivesUpADialerThatProposesWithoutEnd) {
  MultistreamListener listener;
  Bytes in = messages(kMultistreamHeader);
  for (std::size_t i = 0; i < kMaxMultistreamProposals; ++i) {
    append(in, message(i % 2 == 0 ? "/x" : "ls"));
  }
  Bytes out;
  ASSERT_TRUE(listener.handle(in, names(kNoise), out).has_value());
  EXPECT_EQ(error_of(listener.handle(messages("/noise"), names(kNoise), out)), Errc::kProtocol);
  EXPECT_FALSE(listener.done());
}

// --- Messages that are none ---

struct BadMessage {
  const char* name;
  std::string_view bytes;
  Errc code;
};

class MultistreamBadMessage : public testing::TestWithParam<BadMessage> {};

TEST_P(MultistreamBadMessage, IsRefusedByTheListener) {
  MultistreamListener listener;
  Bytes out;
  EXPECT_EQ(error_of(listener.handle(as_bytes(GetParam().bytes), names(kNoise), out)), GetParam().code);
}

TEST_P(MultistreamBadMessage, IsRefusedByTheListenerOctetByOctet) {
  MultistreamListener listener;
  Bytes out;
  Errc seen = Errc::kInternal;
  for (std::size_t i = 0; i < GetParam().bytes.size() && seen == Errc::kInternal; ++i) {
    seen = error_of(listener.handle(as_bytes(GetParam().bytes.substr(i, 1)), names(kNoise), out));
  }
  EXPECT_EQ(seen, GetParam().code);
}

TEST_P(MultistreamBadMessage, IsRefusedByTheDialer) {
  auto dialer = started(names(kNoise));
  Bytes out;
  EXPECT_EQ(error_of(dialer.handle(as_bytes(GetParam().bytes), out)), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    All, MultistreamBadMessage,
    testing::Values(BadMessage{"WithoutNewline", "\x13/multistream/1.0.0\r", Errc::kMalformed},
                    BadMessage{"Empty", "\0"sv, Errc::kMalformed},
                    BadMessage{"LengthNotMinimal", "\x93\0/multistream/1.0.0\n"sv, Errc::kMalformed},
                    BadMessage{"OneOverTheLimit", "\x81\x08"sv, Errc::kTooLarge},
                    BadMessage{"LongestTwoOctetLength", "\xff\x7f"sv, Errc::kTooLarge},
                    BadMessage{"LengthWithoutEnd", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv, Errc::kTooLarge},
                    BadMessage{"TlsClientHello", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 random bytes more"sv,
                               Errc::kMalformed},
                    BadMessage{"HttpRequest",
                               "GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
                               Errc::kMalformed}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace pond::upgrade
