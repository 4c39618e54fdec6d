#include "pond/wire/frame.hpp"

#include <algorithm>

namespace pond::wire {

Result<std::optional<BytesView>> FrameReader::next(BytesView& input) {
  if (failed_) {
    return std::unexpected(*failed_);
  }
  release();
  if (!in_body_) {
    auto complete = read_prefix(input);
    if (!complete) {
      failed_ = complete.error();
      body_ = Bytes{};
      return std::unexpected(*failed_);
    }
    if (!*complete) {
      return std::nullopt;
    }
    if (input.size() >= expected_) {
      const BytesView message = input.first(expected_);
      input = input.subspan(expected_);
      return message;
    }
    in_body_ = true;
  }
  const std::size_t taken = std::min(expected_ - body_.size(), input.size());
  grow_for(taken);
  append(body_, input.first(taken));
  input = input.subspan(taken);
  if (body_.size() < expected_) {
    return std::nullopt;
  }
  in_body_ = false;
  delivered_ = true;
  return BytesView{body_};
}

/// True once `expected_` is known.
Result<bool> FrameReader::read_prefix(BytesView& input) {
  std::optional<Varint> length;
  if (prefix_size_ == 0) {
    POND_TRY(length, read_varint(input));
    if (length) {
      input = input.subspan(length->size);
    }
  }
  while (!length && !input.empty()) {
    // A prefix of kMaxVarintBytes octets is complete or refused, so there is room here.
    prefix_[prefix_size_++] = input.front();
    input = input.subspan(1);
    POND_TRY(length, read_varint(BytesView{prefix_}.first(prefix_size_)));
  }
  if (!length) {
    return false;
  }
  prefix_size_ = 0;
  if (length->value > max_bytes_) {
    return fail(Errc::kTooLarge, "message longer than its protocol's limit");
  }
  expected_ = static_cast<std::size_t>(length->value);
  return true;
}

/// Room for `more` octets: capacity doubles as they arrive, and stops at the announced length.
void FrameReader::grow_for(std::size_t more) {
  const std::size_t needed = body_.size() + more;
  if (needed > body_.capacity()) {
    body_.reserve(std::min(expected_, std::max(needed, body_.size() * 2)));
  }
}

void FrameReader::release() noexcept {
  if (!delivered_) {
    return;
  }
  delivered_ = false;
  if (body_.capacity() > kKeptCapacity) {
    body_ = Bytes{};
  } else {
    body_.clear();
  }
}

void append_frame(Bytes& out, BytesView message) {
  append_varint(out, message.size());
  append(out, message);
}

}  // namespace pond::wire
