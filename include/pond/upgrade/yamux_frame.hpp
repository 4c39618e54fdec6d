#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

namespace pond::upgrade {

/// The name that negotiates Yamux (libp2p/specs yamux; hashicorp/yamux spec.md).
inline constexpr std::string_view kYamuxProtocol = "/yamux/1.0.0";

/// Every frame begins with a header of this many bytes: version, type (one each), flags (two), stream id, length (four
/// each), all big-endian.
inline constexpr std::size_t kYamuxHeaderBytes = 12;

/// What both sides may send on a new stream before the first window update.
inline constexpr std::uint32_t kYamuxInitialWindow = 256 * 1024;

enum class YamuxType : std::uint8_t { kData = 0, kWindowUpdate = 1, kPing = 2, kGoAway = 3 };

/// Bits of the flags field. On kPing, SYN marks the question and ACK the answer.
enum YamuxFlag : std::uint16_t { kYamuxSyn = 1, kYamuxAck = 2, kYamuxFin = 4, kYamuxRst = 8 };

/// The length field of a go-away. Other values come from the network and are kept as they are.
enum class YamuxGoAway : std::uint32_t { kNormal = 0, kProtocolError = 1, kInternalError = 2 };

/// One header. `length` is the number of payload bytes that follow (kData), the credit granted (kWindowUpdate; with RST
/// an error code of the application, as go sends it), the value to echo (kPing), or the reason (kGoAway).
struct YamuxHeader {
  YamuxType type = YamuxType::kData;
  std::uint16_t flags = 0;
  std::uint32_t stream = 0;
  std::uint32_t length = 0;

  [[nodiscard]] constexpr bool has(YamuxFlag flag) const noexcept { return (flags & flag) != 0; }
  friend bool operator==(const YamuxHeader&, const YamuxHeader&) = default;
};

/// Reads a header from exactly kYamuxHeaderBytes. kUnsupported: a version other than 0. kMalformed: an unknown type.
/// Flags and their sense on a stream are not judged here; unknown flag bits are kept.
[[nodiscard]] Result<YamuxHeader> decode_yamux_header(std::span<const std::uint8_t, kYamuxHeaderBytes> in) noexcept;

[[nodiscard]] std::array<std::uint8_t, kYamuxHeaderBytes> encode_yamux_header(const YamuxHeader& header) noexcept;

/// Appends the header's twelve bytes.
void append_yamux_header(Bytes& out, const YamuxHeader& header);

}  // namespace pond::upgrade
