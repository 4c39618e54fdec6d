#include "pond/wire/cid.hpp"

#include "pond/wire/varint.hpp"

#include "base_codec.hpp"

namespace pond::wire {
namespace {

constexpr std::size_t kV0Bytes = 34;
constexpr std::size_t kV0Text = 46;

bool looks_like_v0(BytesView binary) {
  return binary.size() == kV0Bytes && binary[0] == 0x12 && binary[1] == 0x20;
}

}  // namespace

Result<Cid> Cid::v0(BytesView multihash) {
  if (!looks_like_v0(multihash)) {
    return fail(Errc::kMalformed, "CID: version 0 needs a sha2-256");
  }
  return Cid{to_bytes(multihash), Multicodec::kDagPb, 0};
}

Result<Cid> Cid::v1(Multicodec codec, BytesView multihash) {
  POND_TRY([[maybe_unused]] const Multihash checked, decode_multihash(multihash));
  Bytes raw;
  raw.reserve(4 + multihash.size());
  append_varint(raw, 1);
  append_varint(raw, static_cast<std::uint64_t>(codec));
  const std::size_t multihash_at = raw.size();
  append(raw, multihash);
  return Cid{std::move(raw), codec, multihash_at};
}

Result<Cid> Cid::parse(std::string_view text) {
  if (text.size() > kMaxText) {
    return fail(Errc::kTooLarge, "CID: the text is too long");
  }
  if (text.size() == kV0Text && text.starts_with("Qm")) {
    const auto binary = decode_radix(kBase58Btc, text);
    if (!binary) {
      return fail(Errc::kMalformed, "CID: not base58btc");
    }
    return v0(*binary);
  }
  POND_TRY(const MultibaseValue value, multibase_decode(text));
  if (looks_like_v0(value.data)) {
    return fail(Errc::kMalformed, "CID: version 0 has no multibase prefix");
  }
  return from_bytes(value.data);
}

Result<Cid> Cid::from_bytes(BytesView binary) {
  if (binary.size() > kMaxBytes) {
    return fail(Errc::kTooLarge, "CID: too many octets");
  }
  if (looks_like_v0(binary)) {
    return v0(binary);
  }
  POND_TRY(const Varint version, read_whole_varint(binary));
  if (version.value != 1) {
    return fail(Errc::kUnsupported, "CID: another version than 0 and 1");
  }
  POND_TRY(const Varint codec, read_whole_varint(binary.subspan(version.size)));
  return v1(static_cast<Multicodec>(codec.value), binary.subspan(version.size + codec.size));
}

std::string Cid::to_string() const {
  return to_string(Multibase::kBase32);
}

std::string Cid::to_string(Multibase base) const {
  if (version() == 0) {
    return encode_radix(kBase58Btc, raw_);
  }
  // kMaxBytes is below every base's bound.
  return multibase_encode(base, raw_).value_or(std::string{});
}

}  // namespace pond::wire
