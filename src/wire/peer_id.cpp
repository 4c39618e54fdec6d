#include "pond/wire/peer_id.hpp"

#include <algorithm>

#include "pond/crypto/hash.hpp"
#include "pond/wire/cid.hpp"
#include "pond/wire/multihash.hpp"

#include "base_codec.hpp"
#include "key_protobuf.hpp"

namespace pond::wire {
namespace {

constexpr std::size_t kHeaderBytes = 2;  ///< code and length, one octet each for every peer id
constexpr std::size_t kMaxInlineBytes = PeerId::kMaxBytes - kHeaderBytes;
constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kSecp256k1Bytes = 33;

constexpr std::uint8_t kIdentity = static_cast<std::uint8_t>(MultihashCode::kIdentity);
constexpr std::uint8_t kSha2_256 = static_cast<std::uint8_t>(MultihashCode::kSha2_256);

/// Longest text that can be an id: a CID (version, codec, multihash) in base16 with its prefix.
constexpr std::size_t kMaxText = 1 + 2 * (2 + PeerId::kMaxBytes);

/// The encodings that every implementation writes, recognised without a parser: type, length, key.
bool is_canonical_key(BytesView key) {
  constexpr std::uint8_t kEd25519Start[] = {0x08, 0x01, 0x12, kEd25519Bytes};
  constexpr std::uint8_t kSecp256k1Start[] = {0x08, 0x02, 0x12, kSecp256k1Bytes};
  const auto starts = [key](BytesView start) { return equal(key.first(start.size()), start); };
  return (key.size() == 4 + kEd25519Bytes && starts(kEd25519Start)) ||
         (key.size() == 4 + kSecp256k1Bytes && starts(kSecp256k1Start));
}

/// Whether the octets are a public key protobuf, by structure alone: whether the key is a point of its curve matters
/// only to those who verify with it. No RSA or ECDSA key is short enough to be inlined.
bool is_inlined_key(BytesView key) {
  if (is_canonical_key(key)) {
    return true;
  }
  const auto fields = decode_key_fields(key);
  return fields && ((fields->type == crypto::KeyType::kEd25519 && fields->data.size() == kEd25519Bytes) ||
                    (fields->type == crypto::KeyType::kSecp256k1 && fields->data.size() == kSecp256k1Bytes));
}

Result<void> check_multihash(BytesView multihash) {
  if (multihash.size() < kHeaderBytes || multihash.size() != kHeaderBytes + multihash[1]) {
    return fail(Errc::kMalformed, "peer id: not a multihash");
  }
  const BytesView digest = multihash.subspan(kHeaderBytes);
  switch (multihash[0]) {
    case kIdentity:
      if (digest.size() > kMaxInlineBytes || !is_inlined_key(digest)) {
        return fail(Errc::kMalformed, "peer id: the inlined key is none");
      }
      return {};
    case kSha2_256:
      if (digest.size() != std::tuple_size_v<crypto::Digest>) {
        return fail(Errc::kMalformed, "peer id: a sha2-256 that has not 32 octets");
      }
      return {};
    default:
      return fail(Errc::kMalformed, "peer id: neither an inlined key nor a sha2-256");
  }
}

}  // namespace

PeerId PeerId::from_public_key(const crypto::PublicKey& key) {
  const Bytes protobuf = encode_public_key(key);
  PeerId id;
  const auto fill = [&id](std::uint8_t code, BytesView digest) {
    id.raw_[0] = code;
    id.raw_[1] = static_cast<std::uint8_t>(digest.size());
    std::ranges::copy(digest, id.raw_.begin() + kHeaderBytes);
    id.size_ = static_cast<std::uint8_t>(kHeaderBytes + digest.size());
  };
  if (protobuf.size() <= kMaxInlineBytes) {
    fill(kIdentity, protobuf);
  } else {
    fill(kSha2_256, crypto::sha256(protobuf));
  }
  return id;
}

Result<PeerId> PeerId::from_bytes(BytesView multihash) {
  POND_CHECK(check_multihash(multihash));
  PeerId id;
  std::ranges::copy(multihash, id.raw_.begin());
  id.size_ = static_cast<std::uint8_t>(multihash.size());
  return id;
}

Result<PeerId> PeerId::parse(std::string_view text) {
  if (text.size() > kMaxText) {
    return fail(Errc::kTooLarge, "peer id: the text is too long");
  }
  // A base58 identity multihash starts with `1`, a sha2-256 with `Qm`; neither is the prefix of a multibase in use.
  if (text.starts_with('1') || text.starts_with("Qm")) {
    const auto multihash = decode_radix(kBase58Btc, text);
    if (!multihash) {
      return fail(Errc::kMalformed, "peer id: not base58btc");
    }
    return from_bytes(*multihash);
  }
  POND_TRY(const Cid cid, Cid::parse(text));
  if (cid.codec() != Multicodec::kLibp2pKey) {
    return fail(Errc::kMalformed, "peer id: a CID of something else than a libp2p key");
  }
  return from_bytes(cid.multihash());
}

std::string PeerId::to_base58() const {
  return encode_radix(kBase58Btc, bytes());
}

std::string PeerId::to_cid() const {
  const auto cid = Cid::v1(Multicodec::kLibp2pKey, bytes());
  return cid ? cid->to_string() : std::string{};
}

std::optional<crypto::PublicKey> PeerId::public_key() const {
  if (size_ <= kHeaderBytes || raw_[0] != kIdentity) {
    return std::nullopt;
  }
  auto key = decode_public_key(bytes().subspan(kHeaderBytes));
  return key ? std::optional{*std::move(key)} : std::nullopt;
}

}  // namespace pond::wire

std::size_t std::hash<pond::wire::PeerId>::operator()(const pond::wire::PeerId& id) const noexcept {
  return std::hash<std::string_view>{}(pond::as_text(id.bytes()));
}
