#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/wire/kad_message.hpp"

#include "protobuf.hpp"

namespace pond::wire {

/// Field numbers of kad-dht's protobuf (specs/kad-dht, RPC messages).
struct KadField {
  static constexpr std::uint32_t kType = 1;
  static constexpr std::uint32_t kKey = 2;
  static constexpr std::uint32_t kRecord = 3;
  static constexpr std::uint32_t kCloserPeers = 8;
  static constexpr std::uint32_t kProviderPeers = 9;
};

struct KadRecordField {
  static constexpr std::uint32_t kKey = 1;
  static constexpr std::uint32_t kValue = 2;
  static constexpr std::uint32_t kTimeReceived = 5;
};

struct KadPeerField {
  static constexpr std::uint32_t kId = 1;
  static constexpr std::uint32_t kAddresses = 2;
  static constexpr std::uint32_t kConnection = 3;
};

[[nodiscard]] inline std::size_t size_unless_empty(std::size_t length) noexcept {
  return length == 0 ? 0 : bytes_field_size(length);
}

inline void append_unless_empty(Bytes& out, std::uint32_t number, BytesView value) {
  if (!value.empty()) {
    append_bytes_field(out, number, value);
  }
}

/// A message's head: proto3 omits a type of 0 and an empty key.
[[nodiscard]] inline std::size_t kad_head_size(KadType type, BytesView key) noexcept {
  return (type == KadType::kPutValue ? 0 : varint_field_size(static_cast<std::uint64_t>(type))) +
         size_unless_empty(key.size());
}

inline void append_kad_head(Bytes& out, KadType type, BytesView key) {
  if (type != KadType::kPutValue) {
    append_varint_field(out, KadField::kType, static_cast<std::uint64_t>(type));
  }
  append_unless_empty(out, KadField::kKey, key);
}

/// A Record, unowned.
struct KadRecordView {
  BytesView key;
  BytesView value;
  std::string_view time_received;

  /// Of the submessage, without its tag and length.
  [[nodiscard]] std::size_t size() const noexcept {
    return size_unless_empty(key.size()) + size_unless_empty(value.size()) + size_unless_empty(time_received.size());
  }

  void append_field(Bytes& out) const {
    append_bytes_header(out, KadField::kRecord, size());
    append_unless_empty(out, KadRecordField::kKey, key);
    append_unless_empty(out, KadRecordField::kValue, value);
    append_unless_empty(out, KadRecordField::kTimeReceived, as_bytes(time_received));
  }
};

}  // namespace pond::wire
