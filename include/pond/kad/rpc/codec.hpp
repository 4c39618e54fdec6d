#pragma once

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/kad/rpc/types.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/wire/kad_serving.hpp"
#include "pond/wire/key.hpp"

namespace pond::kad {

/// Which addresses of others are worth remembering.
enum class Hearsay : std::uint8_t {
  kAny,         ///< private networks and loopback too
  kGlobalOnly,  ///< the open internet
};

/// Appends the framed answer to `out`: record first, then providers, then closer peers nearest first, as far as 16 KiB
/// go (wire/kad_serving.hpp). Closer peers without a known address are left out. kTooLarge when the record alone is too
/// long. `writer` is reused from call to call.
[[nodiscard]] Result<void> encode_answer(const Answer& answer, peers::PeerBook& book, wire::KadAnswerWriter& writer,
                                         Bytes& out, Instant now);

/// Reads an unframed answer to a question about `target`. Of its closer peers the kKeptPeers nearest to the target are
/// interned in `book`, with their addresses as hints; those without any usable address, and `self`, are dropped.
/// kMalformed when the protobuf does not parse.
[[nodiscard]] Result<Answer> decode_answer(BytesView protobuf, const wire::Key& target, const wire::PeerId& self,
                                           Hearsay hearsay, peers::PeerBook& book, Instant now);

}  // namespace pond::kad
