#include "pond/wire/multihash.hpp"

#include "pond/crypto/hash.hpp"
#include "pond/wire/varint.hpp"

namespace pond::wire {

Result<Multihash> decode_multihash(BytesView bytes) {
  POND_TRY(const Varint code, read_whole_varint(bytes));
  bytes = bytes.subspan(code.size);
  POND_TRY(const Varint length, read_whole_varint(bytes));
  bytes = bytes.subspan(length.size);
  if (length.value > kMaxDigestBytes) {
    return fail(Errc::kTooLarge, "multihash: the digest is too long");
  }
  if (length.value != bytes.size()) {
    return fail(Errc::kMalformed, "multihash: the digest is shorter or longer than announced");
  }
  return Multihash{.code = code.value, .digest = bytes};
}

Bytes encode_multihash(MultihashCode code, BytesView digest) {
  Bytes out;
  out.reserve(2 + digest.size());
  append_varint(out, static_cast<std::uint64_t>(code));
  append_varint(out, digest.size());
  append(out, digest);
  return out;
}

Bytes sha2_256_multihash(BytesView data) {
  return encode_multihash(MultihashCode::kSha2_256, crypto::sha256(data));
}

}  // namespace pond::wire
