#pragma once

#include "pond/base/bytes.hpp"
#include "pond/wire/frame.hpp"
#include "pond/wire/identify.hpp"
#include "pond/wire/kad_message.hpp"

namespace pond::test {

/// A message with its length in front, as it travels.
[[nodiscard]] inline Bytes framed(const wire::KadMessage& message) {
  Bytes body;
  wire::encode_kad(message, body);
  Bytes out;
  wire::append_frame(out, body);
  return out;
}
[[nodiscard]] inline Bytes framed(const wire::Identify& message) {
  Bytes body;
  wire::encode_identify(message, body);
  Bytes out;
  wire::append_frame(out, body);
  return out;
}

}  // namespace pond::test
