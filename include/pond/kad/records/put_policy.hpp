#pragma once

#include <optional>

#include "pond/base/bytes.hpp"
#include "pond/base/time.hpp"
#include "pond/kad/records/validator.hpp"
#include "pond/kad/records/verdict.hpp"
#include "pond/store/store.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::kad {

/// What a server does with a PUT_VALUE.
struct PutDecision {
  enum class Action : std::uint8_t {
    kStore,        ///< put `record`; the answer echoes the request
    kRenew,        ///< the same octets again: put `record`, which only stays longer; the answer echoes the request
    kKeep,         ///< valid, or not worth verifying, and worse than what stands: put nothing; the answer carries that
    kAcknowledge,  ///< put nothing; the answer echoes the request all the same
    kRefuse,       ///< reset the stream
  };
  Action action = Action::kRefuse;
  std::optional<store::Record> record;  ///< of kStore and kRenew
  BytesView answer;                     ///< the value in the answer; a view into the arguments. Empty for kRefuse
};

/// A PUT_VALUE that has been validated.
struct IncomingPut {
  BytesView key;
  BytesView value;
  const wire::PeerId& sender;  ///< whose connection brought it; our own id for our own records
  WallTime now;
  const Verdict& verdict;  ///< on that value, at that time, with what stands as context
};

/// Decides about a PUT, given what the store holds under the key at the same time. Pure: it changes nothing.
///
/// - Invalid: refused.
/// - Unsigned: one for a sender, its newer replaces its older; kept out while an authentic one stands.
/// - Authentic: the better one stands; the same octets renew.
/// - Authentic in a namespace with owners (`/test`): the owner's PUT always replaces. One by anybody else may replace
/// an
///   older one of anybody else, and is otherwise acknowledged without being stored, because js-libp2p corrects stale
///   holders by PUT and fails its own `get` unless the answer is an echo.
[[nodiscard]] PutDecision decide_put(const Validators& validators, const IncomingPut& put,
                                     const store::Records& standing);

}  // namespace pond::kad
