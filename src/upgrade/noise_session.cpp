#include "pond/upgrade/noise_session.hpp"

#include <algorithm>
#include <span>

namespace pond::upgrade {
namespace {

std::size_t read_length(BytesView prefix) {
  return static_cast<std::size_t>(prefix[0]) << 8 | prefix[1];
}

}  // namespace

Result<void> NoiseSession::seal(BytesView plain, Bytes& out) {
  const std::size_t start = out.size();
  out.resize(start + sealed_size(plain.size()));
  std::span<std::uint8_t> free = std::span{out}.subspan(start);
  while (!plain.empty()) {
    const BytesView part = plain.first(std::min(plain.size(), kPlaintextBytes));
    const std::size_t length = part.size() + CipherState::kTagBytes;
    free[0] = static_cast<std::uint8_t>(length >> 8);
    free[1] = static_cast<std::uint8_t>(length);
    if (auto sealed = send_.encrypt({}, part, free.subspan(kLengthBytes, length)); !sealed) {
      out.resize(start);
      return sealed;
    }
    free = free.subspan(kLengthBytes + length);
    plain = plain.subspan(part.size());
  }
  return {};
}

Result<std::optional<BytesView>> NoiseSession::open(BytesView& in) {
  if (failed_) {
    return fail(Errc::kClosed, "noise session has failed");
  }
  if (partial_opened_) {
    partial_.clear();
    partial_opened_ = false;
  }
  auto opened = partial_.empty() ? open_whole(in) : open_partial(in);
  if (!opened) {
    failed_ = true;
    partial_ = Bytes{};
    scratch_.reset();
    scratch_bytes_ = 0;
  } else if (!*opened) {
    give_back();
  }
  return opened;
}

Result<std::optional<BytesView>> NoiseSession::open_whole(BytesView& in) {
  if (in.size() >= kLengthBytes) {
    const std::size_t length = read_length(in);
    if (in.size() - kLengthBytes >= length) {
      const BytesView ciphertext = in.subspan(kLengthBytes, length);
      in = in.subspan(kLengthBytes + length);
      if (scratch_bytes_ < length) {
        scratch_bytes_ = std::max(length, kKeptBytes);
        scratch_ = std::make_unique_for_overwrite<std::uint8_t[]>(scratch_bytes_);
      }
      return decrypt(ciphertext, scratch_.get());
    }
  }
  append(partial_, in);
  in = {};
  return std::nullopt;
}

Result<std::optional<BytesView>> NoiseSession::open_partial(BytesView& in) {
  // First what is missing of the prefix, then what it announces.
  std::size_t wanted = kLengthBytes;
  for (;;) {
    if (partial_.size() >= kLengthBytes) {
      wanted = kLengthBytes + read_length(partial_);
    }
    if (partial_.size() == wanted) {
      break;
    }
    if (in.empty()) {
      return std::nullopt;
    }
    const std::size_t more = std::min(wanted - partial_.size(), in.size());
    append(partial_, in.first(more));
    in = in.subspan(more);
  }
  partial_opened_ = true;
  return decrypt(BytesView{partial_}.subspan(kLengthBytes), partial_.data() + kLengthBytes);
}

Result<std::optional<BytesView>> NoiseSession::decrypt(BytesView ciphertext, std::uint8_t* out) {
  if (ciphertext.size() < CipherState::kTagBytes) {
    return fail(Errc::kMalformed, "noise frame shorter than its tag");
  }
  const std::span<std::uint8_t> plain{out, ciphertext.size() - CipherState::kTagBytes};
  POND_CHECK(receive_.decrypt({}, ciphertext, plain));
  return plain;
}

void NoiseSession::give_back() {
  if (partial_.empty() && partial_.capacity() > kKeptBytes) {
    partial_ = Bytes{};
  }
  if (scratch_bytes_ > kKeptBytes) {
    scratch_.reset();
    scratch_bytes_ = 0;
  }
}

}  // namespace pond::upgrade
