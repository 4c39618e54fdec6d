#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

namespace pond::kad {

/// Objects and arrays inside each other, the outer object counted.
inline constexpr std::size_t kMaxJsonDepth = 8;

/// One past the greatest integer that every JSON reader reads alike (JavaScript's Number.MAX_SAFE_INTEGER is 2^53 - 1).
inline constexpr std::uint64_t kJsonIntegerEnd = std::uint64_t{1} << 53;

/// A member of the outer object that the caller asked for.
struct JsonMember {
  enum class Type : std::uint8_t {
    kInteger,  ///< written `0|[1-9][0-9]*`, below kJsonIntegerEnd
    kString,
    kStrings,  ///< an array that holds strings and nothing else, or nothing
    kOther,
  };
  std::string_view name;  ///< the caller's own
  Type type = Type::kOther;
  std::int64_t integer = 0;          ///< of kInteger
  std::string text;                  ///< of kString, unescaped, valid UTF-8
  std::vector<std::string> strings;  ///< of kStrings, the same
};

/// The outer object of a JSON text that cannot be read in two ways.
class JsonObject {
 public:
  /// Reads a whole text and keeps the members of the outer object that are named in `wanted` (which must outlive the
  /// result). Refused with kMalformed, beyond what RFC 8259 refuses: anything before the opening brace (a byte order
  /// mark, white space), anything but an object, UTF-8 that is not strict, a member name that occurs twice in one
  /// object at any depth (compared unescaped), a lone surrogate, a number beyond double, deeper nesting than
  /// kMaxJsonDepth, a zero octet. The caller has bounded the length of `text`; memory used is a small multiple of it,
  /// time n log n.
  [[nodiscard]] static Result<JsonObject> read(BytesView text, std::span<const std::string_view> wanted);

  [[nodiscard]] bool has(std::string_view name) const noexcept { return find(name) != nullptr; }

  /// The member's value, when it was wanted, is there and is of that type. Pointers live as long as the object.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const noexcept;
  [[nodiscard]] const std::string* string(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<std::string>* strings(std::string_view name) const noexcept;

 private:
  [[nodiscard]] const JsonMember* find(std::string_view name) const noexcept;

  std::vector<JsonMember> members_;
};

/// Appends `utf8` (valid UTF-8) as a JSON string exactly as JSON.stringify does: quote, backslash and U+0000 to U+001F
/// escaped, the short escapes where there are such, lowercase hex otherwise; everything else as it is.
void append_json_string(std::string& out, std::string_view utf8);

}  // namespace pond::kad
