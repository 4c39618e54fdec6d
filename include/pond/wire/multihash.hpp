#pragma once

#include <cstdint>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

namespace pond::wire {

/// Codes of the multihashes that this program makes. Any other code is accepted structurally.
enum class MultihashCode : std::uint64_t { kIdentity = 0x00, kSha2_256 = 0x12 };

/// Longest digest accepted, in octets (the longest of the multicodec table have 128).
inline constexpr std::size_t kMaxDigestBytes = 128;

/// Longest multihash that can pass: code, length, digest.
inline constexpr std::size_t kMaxMultihashBytes = 9 + 2 + kMaxDigestBytes;

/// A multihash (multiformats/multihash) taken apart. The digest is a view of what was read.
struct Multihash {
  std::uint64_t code;
  BytesView digest;

  [[nodiscard]] bool is(MultihashCode other) const noexcept { return code == static_cast<std::uint64_t>(other); }
};

/// Reads all of `bytes`. kMalformed when a varint is, or when the digest is shorter or longer than announced; kTooLarge
/// for digests over kMaxDigestBytes. Digests may be truncated, as the specification allows: a caller that needs a whole
/// sha2-256 looks at the size. Any thread.
[[nodiscard]] Result<Multihash> decode_multihash(BytesView bytes);

/// The binary form. Any thread.
[[nodiscard]] Bytes encode_multihash(MultihashCode code, BytesView digest);

/// The multihash of the SHA-256 of `data`: 34 octets. Any thread.
[[nodiscard]] Bytes sha2_256_multihash(BytesView data);

}  // namespace pond::wire
