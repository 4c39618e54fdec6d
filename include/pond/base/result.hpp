#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <utility>

namespace pond {

/// Who has to change something before the same call can succeed.
enum class Fault : std::uint8_t {
  kOurs,     ///< the caller passed something unusable, or a limit of this node bit
  kPeer,     ///< the remote broke a protocol, refused, or sent something that does not verify
  kNetwork,  ///< nobody in particular: refused connections, resets, names that do not resolve
  kTime,     ///< a deadline passed
};

/// What went wrong. The comment says what the caller can do about it; `fault_of` groups them by culprit.
enum class Errc : std::uint8_t {
  // Ours.
  kInvalidArgument,  ///< fix the argument
  kLimit,            ///< a bound of this node was reached; try later or raise the bound
  kClosed,           ///< the object was closed by us; open another
  kCancelled,        ///< the caller took the operation back
  kNotFound,         ///< the network (or the store) answered and has none
  kNoPeers,          ///< nobody to ask: connect to somebody first
  kInternal,         ///< a defect or an exhausted machine; report it
  // The peer's.
  kMalformed,      ///< bytes that do not parse
  kTooLarge,       ///< longer than the limit for its kind, announced or real
  kUnsupported,    ///< no common protocol
  kProtocol,       ///< well-formed but out of place: the peer broke the rules of the protocol
  kBadSignature,   ///< a signature or a MAC does not verify
  kWrongPeer,      ///< the peer is not the one that was expected
  kRefused,        ///< the peer said no
  kInvalidRecord,  ///< a record that its namespace's validator rejects
  // The network's.
  kUnreachable,  ///< could not connect, or no usable address
  kReset,        ///< the connection or stream was torn down under us
  kDns,          ///< a name did not resolve
  // Time's.
  kTimeout,  ///< the deadline passed
};

/// An error is a value: a code to act on and a constant phrase to read. `what` always has static storage, so an Error
/// costs no allocation, however many of them a hostile peer provokes.
struct [[nodiscard]] Error {
  Errc code;
  std::string_view what;

  friend bool operator==(const Error& a, const Error& b) noexcept { return a.code == b.code; }
};

template <typename T>
using Result = std::expected<T, Error>;

/// Short for returning an error: `return fail(Errc::kMalformed, "varint longer than 9 bytes")`.
/// `what` must be a string literal (or have static storage otherwise).
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string_view what) noexcept {
  return std::unexpected<Error>(Error{code, what});
}

[[nodiscard]] Fault fault_of(Errc code) noexcept;

/// The code's name in kebab case (`too-large`): stable, used in JSON output, logs and metrics.
[[nodiscard]] std::string_view name_of(Errc code) noexcept;
[[nodiscard]] std::string_view name_of(Fault fault) noexcept;

}  // namespace pond

#define POND_CONCAT_INNER(a, b) a##b
#define POND_CONCAT(a, b) POND_CONCAT_INNER(a, b)

/// `POND_TRY(auto value, expression);` evaluates a Result; on error returns it from the enclosing function, otherwise
/// moves the value into the declaration. libstdc++ 12 has no monadic operations on std::expected.
#define POND_TRY(declaration, expression)                                        \
  auto POND_CONCAT(pond_try_, __LINE__) = (expression);                          \
  if (!POND_CONCAT(pond_try_, __LINE__)) {                                       \
    return std::unexpected(std::move(POND_CONCAT(pond_try_, __LINE__)).error()); \
  }                                                                              \
  declaration = *std::move(POND_CONCAT(pond_try_, __LINE__))

/// The same for Result<void>: `POND_CHECK(expression);`
#define POND_CHECK(expression)                                \
  do {                                                        \
    if (auto pond_check_ = (expression); !pond_check_) {      \
      return std::unexpected(std::move(pond_check_).error()); \
    }                                                         \
  } while (false)
