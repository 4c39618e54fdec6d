#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/time.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::kad {

/// Why a value is not believed. `name_of` gives the stable name for logs, metrics and JSON output.
enum class RejectReason : std::uint8_t {
  kUnknownNamespace,  ///< no validator for the key
  kBadKey,            ///< the key is not spelled as its namespace wants it
  kTooLarge,          ///< longer than the namespace allows
  kMalformed,         ///< not strict JSON, or not the shape of a signed value
  kBadMember,         ///< a member is missing, of the wrong type, or breaks its rule
  kWrongDomain,       ///< signed for another purpose or version
  kWrongNetwork,      ///< signed for another network
  kFromTheFuture,     ///< dated too far ahead of our clock
  kExpired,           ///< its time has passed, or it would live longer than allowed
  kWrongKey,          ///< it is about another address, peer or key than the record's key
  kUnsigned,          ///< nobody signed it, and such records are not accepted
  kWrongSender,       ///< unsigned, and not brought by the peer that it names
  kBadSignature,      ///< the signature is not by the key that it needs
};
inline constexpr std::size_t kRejectReasons = 13;

/// Kebab case: `wrong-network`.
[[nodiscard]] std::string_view name_of(RejectReason reason) noexcept;

/// `what` has static storage, so that a flood of bad records costs no allocation.
struct Rejection {
  RejectReason reason;
  std::string_view what;
  friend bool operator==(const Rejection& a, const Rejection& b) noexcept { return a.reason == b.reason; }
};

template <typename T>
using Judged = std::expected<T, Rejection>;

[[nodiscard]] inline std::unexpected<Rejection> reject(RejectReason reason, std::string_view what) noexcept {
  return std::unexpected<Rejection>(Rejection{reason, what});
}

/// What a validator says about one value.
struct Verdict {
  enum class Kind : std::uint8_t {
    kAuthentic,
    kUnsigned,  ///< acceptable as hearsay: kept apart, never corrected, replicated or handed over
    kStale,     ///< well-formed and older than the record that stands; whether it is genuine was not looked at
    kInvalid,
  };
  Kind kind = Kind::kInvalid;
  std::optional<Rejection> rejection;  ///< of kInvalid
  WallTime expires;                    ///< of the first two: when a store lets go of it
  std::int64_t timestamp = 0;          ///< of the first three: milliseconds, 0 in a namespace without
};

/// What a value is judged against.
struct ValidationContext {
  WallTime now;
  std::string_view network;  ///< the receiver's own
  std::optional<wire::PeerId>
      sender;                    ///< whose authenticated connection brings a PUT; nullopt for a value that was read
  bool accept_unsigned = false;  ///< --accept-unsigned

  /// The authentic value that the store holds under the key, if any. A validator may spare itself the expensive part
  /// when the new value is the same or older.
  std::optional<BytesView> standing;
};

}  // namespace pond::kad
