#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/wire/multibase.hpp"
#include "pond/wire/multihash.hpp"

namespace pond::wire {

/// Content types (multicodec) that this program names. Any other is accepted.
enum class Multicodec : std::uint64_t { kRaw = 0x55, kDagPb = 0x70, kLibp2pKey = 0x72 };

/// A content identifier (multiformats/cid), version 0 or 1: what the content is encoded as, and its multihash. A value
/// whose multihash has been checked structurally.
class Cid {
 public:
  /// Longest binary and text form that can pass; longer ones are kTooLarge.
  static constexpr std::size_t kMaxBytes = 1 + 9 + kMaxMultihashBytes;
  static constexpr std::size_t kMaxText = 1 + 2 * kMaxBytes;

  /// kMalformed unless `multihash` is a sha2-256: version 0 has no other.
  [[nodiscard]] static Result<Cid> v0(BytesView multihash);

  /// Errors as decode_multihash.
  [[nodiscard]] static Result<Cid> v1(Multicodec codec, BytesView multihash);

  /// `Qm...` (version 0, base58btc without a prefix), or version 1 in any of the multibases. kMalformed for anything
  /// else; kUnsupported for other versions and other multibases.
  [[nodiscard]] static Result<Cid> parse(std::string_view text);

  /// The binary form: a bare sha2-256 multihash (version 0), or version, codec, multihash. Errors as parse.
  [[nodiscard]] static Result<Cid> from_bytes(BytesView binary);

  /// Version 0 in base58btc, version 1 in base32.
  [[nodiscard]] std::string to_string() const;

  /// Version 1 in `base`; version 0 has one text form only.
  [[nodiscard]] std::string to_string(Multibase base) const;

  [[nodiscard]] BytesView bytes() const noexcept { return raw_; }
  [[nodiscard]] unsigned version() const noexcept { return multihash_at_ == 0 ? 0 : 1; }
  [[nodiscard]] Multicodec codec() const noexcept { return codec_; }  ///< dag-pb for version 0

  /// The binary multihash, which is the key under which the DHT knows providers. A view into the Cid.
  [[nodiscard]] BytesView multihash() const noexcept { return bytes().subspan(multihash_at_); }

  friend bool operator==(const Cid& a, const Cid& b) { return a.raw_ == b.raw_; }
  friend auto operator<=>(const Cid& a, const Cid& b) { return a.raw_ <=> b.raw_; }

 private:
  Cid(Bytes raw, Multicodec codec, std::size_t multihash_at)
      : raw_(std::move(raw)), codec_(codec), multihash_at_(multihash_at) {}

  Bytes raw_;
  Multicodec codec_;
  std::size_t multihash_at_;  ///< 0 exactly for version 0
};

}  // namespace pond::wire
