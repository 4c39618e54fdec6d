#pragma once

#include <cstdint>
#include <optional>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

namespace pond::wire {

/// Unsigned varint of multiformats: at most 9 octets (63 bits), minimal encoding only.
inline constexpr std::size_t kMaxVarintBytes = 9;

struct Varint {
  std::uint64_t value;
  std::size_t size;  ///< octets that it took
};

/// Reads one varint from the front of `in`. nullopt: `in` ends before the varint does (feed more). kMalformed: longer
/// than 9 octets or not minimal.
[[nodiscard]] Result<std::optional<Varint>> read_varint(BytesView in);

/// Reads a varint that must be complete. kMalformed when it is cut short as well.
[[nodiscard]] Result<Varint> read_whole_varint(BytesView in);

/// Appends `value`, which must be below 2^63 for a reader of multiformats. (Larger ones come out as protobuf has them.)
void append_varint(Bytes& out, std::uint64_t value);

[[nodiscard]] std::size_t varint_size(std::uint64_t value) noexcept;

}  // namespace pond::wire
