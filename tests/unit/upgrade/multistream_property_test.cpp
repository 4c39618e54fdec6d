#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"
#include "pond/upgrade/multistream.hpp"

#include "support/multistream_wire.hpp"

namespace pond::upgrade {
namespace {

using namespace std::string_view_literals;
using test::message;
using test::messages;

constexpr std::array kNoise{"/noise"sv};

ProtocolNames names(const auto& list) {
  return ProtocolNames{std::span<const std::string_view>{list}};
}

/// Both machines joined, every byte stream cut at random; returns the protocol that both agreed on.
std::string negotiate(const std::vector<std::string>& wanted, const std::vector<std::string>& supported,
                      std::uint64_t seed) {
  SeededRng rng{seed};
  MultistreamDialer dialer{ProtocolNames{std::span<const std::string>{wanted}}};
  MultistreamListener listener;
  Bytes to_listener;
  Bytes to_dialer;
  RC_ASSERT(dialer.start(to_listener).has_value());
  const auto chunk = [&rng](Bytes& from) {
    const auto size = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(from.size(), rng.below(40)));
    Bytes part{from.begin(), from.begin() + size};
    from.erase(from.begin(), from.begin() + size);
    return part;
  };
  while (!to_listener.empty() || !to_dialer.empty()) {
    const Bytes in = chunk(to_listener);
    const auto consumed = listener.handle(in, ProtocolNames{std::span<const std::string>{supported}}, to_dialer);
    RC_ASSERT(consumed.has_value());
    RC_ASSERT(*consumed == in.size());
    const Bytes answer = chunk(to_dialer);
    const auto taken = dialer.handle(answer, to_listener);
    if (!taken) {
      RC_ASSERT(taken.error().code == Errc::kUnsupported);
      RC_ASSERT(!listener.done());
      return "";
    }
    RC_ASSERT(*taken == answer.size());
  }
  RC_ASSERT(dialer.done());
  RC_ASSERT(listener.done());
  RC_ASSERT(dialer.protocol() == listener.protocol());
  return std::string{dialer.protocol()};
}

RC_GTEST_PROP(MultistreamProperty, AgreesOnTheDialersFirstThatTheListenerSupportsHoweverItIsCut, (std::uint64_t seed)) {
  const auto name = rc::gen::map(rc::gen::inRange(0, 8), [](int n) { return "/p/" + std::to_string(n); });
  const auto wanted = *rc::gen::resize(6, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(name)));
  const auto supported = *rc::gen::resize(6, rc::gen::container<std::vector<std::string>>(name));
  std::string expected;
  for (const auto& w : wanted) {
    if (std::find(supported.begin(), supported.end(), w) != supported.end()) {
      expected = w;
      break;
    }
  }
  RC_ASSERT(negotiate(wanted, supported, seed) == expected);
}

RC_GTEST_PROP(MultistreamProperty, ConsumesExactlyTheNegotiationHoweverItIsCut,
              (const Bytes& application, std::uint64_t seed)) {
  SeededRng rng{seed};
  Bytes stream = messages(kMultistreamHeader, "/x", "/noise");
  const std::size_t negotiation = stream.size();
  append(stream, application);
  MultistreamListener listener;
  Bytes out;
  std::size_t consumed = 0;
  while (!listener.done()) {
    const auto size = 1 + rng.below(stream.size() - consumed);
    const auto taken = listener.handle(BytesView{stream}.subspan(consumed, size), names(kNoise), out);
    RC_ASSERT(taken.has_value());
    consumed += *taken;
  }
  RC_ASSERT(consumed == negotiation);
}

RC_GTEST_PROP(MultistreamProperty, GarbageIsHandledTheSameWholeAndCut, (bool with_header)) {
  Bytes in = with_header ? message(kMultistreamHeader) : Bytes{};
  const auto piece = rc::gen::oneOf(
      rc::gen::arbitrary<Bytes>(),
      rc::gen::map(rc::gen::arbitrary<std::string>(), [](const std::string& text) { return message("/" + text); }),
      rc::gen::element(message("ls"), message("na"), message("/noise"), Bytes{0x80}, Bytes{0x81, 0x08}));
  for (const Bytes& part : *rc::gen::container<std::vector<Bytes>>(piece)) {
    append(in, part);
  }
  MultistreamListener whole;
  Bytes whole_out;
  const auto at_once = whole.handle(in, names(kNoise), whole_out);

  MultistreamListener cut;
  Bytes cut_out;
  std::size_t consumed = 0;
  Result<std::size_t> last = 0;
  while (consumed < in.size() && last && !cut.done()) {
    last = cut.handle(BytesView{in}.subspan(consumed, 1), names(kNoise), cut_out);
    consumed += last.value_or(0);
  }
  RC_ASSERT(whole.done() == cut.done());
  RC_ASSERT(at_once.has_value() == last.has_value());
  if (at_once) {
    RC_ASSERT(*at_once == consumed);
  } else {
    RC_ASSERT(at_once.error() == last.error());
  }
  RC_ASSERT(whole_out == cut_out);
}

}  // namespace
}  // namespace pond::upgrade
