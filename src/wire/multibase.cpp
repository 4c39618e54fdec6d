#include "pond/wire/multibase.hpp"

#include <array>

#include "base_codec.hpp"

namespace pond::wire {
namespace {

enum class Family : std::uint8_t { kBits, kRadix };

struct Encoding {
  Multibase base;
  const Alphabet* alphabet;
  Family family;
  Padding padding = Padding::kNone;
};

constexpr std::array kEncodings{
    Encoding{Multibase::kBase58Btc, &kBase58Btc, Family::kRadix},
    Encoding{Multibase::kBase32, &kBase32Lower, Family::kBits},
    Encoding{Multibase::kBase32Upper, &kBase32Upper, Family::kBits},
    Encoding{Multibase::kBase36, &kBase36Lower, Family::kRadix},
    Encoding{Multibase::kBase36Upper, &kBase36Upper, Family::kRadix},
    Encoding{Multibase::kBase16, &kBase16Lower, Family::kBits},
    Encoding{Multibase::kBase16Upper, &kBase16Upper, Family::kBits},
    Encoding{Multibase::kBase64, &kBase64, Family::kBits},
    Encoding{Multibase::kBase64Pad, &kBase64, Family::kBits, Padding::kRequired},
    Encoding{Multibase::kBase64Url, &kBase64Url, Family::kBits},
    Encoding{Multibase::kBase64UrlPad, &kBase64Url, Family::kBits, Padding::kRequired},
};

const Encoding* encoding_of(Multibase base) {
  for (const auto& encoding : kEncodings) {
    if (encoding.base == base) {
      return &encoding;
    }
  }
  return nullptr;
}

std::size_t max_bytes(const Encoding& encoding) {
  return encoding.family == Family::kRadix ? kMaxRadixBytes : kMaxMultibaseBytes;
}

/// No base needs more digits for its bound than base16, two an octet: what is longer need not be read.
std::size_t max_digits(const Encoding& encoding) {
  return 2 * max_bytes(encoding);
}

}  // namespace

Result<std::string> base_encode(Multibase base, BytesView data) {
  const Encoding* encoding = encoding_of(base);
  if (encoding == nullptr) {
    return fail(Errc::kUnsupported, "multibase: an encoding that is not supported");
  }
  if (data.size() > max_bytes(*encoding)) {
    return fail(Errc::kTooLarge, "multibase: too many octets");
  }
  if (encoding->family == Family::kRadix) {
    return encode_radix(*encoding->alphabet, data);
  }
  return encode_bits(*encoding->alphabet, data, encoding->padding);
}

Result<Bytes> base_decode(Multibase base, std::string_view digits) {
  const Encoding* encoding = encoding_of(base);
  if (encoding == nullptr) {
    return fail(Errc::kUnsupported, "multibase: an encoding that is not supported");
  }
  if (digits.size() > max_digits(*encoding)) {
    return fail(Errc::kTooLarge, "multibase: too many digits");
  }
  auto data = encoding->family == Family::kRadix ? decode_radix(*encoding->alphabet, digits)
                                                 : decode_bits(*encoding->alphabet, digits, encoding->padding);
  if (!data) {
    return fail(Errc::kMalformed, "multibase: the digits are not of this encoding");
  }
  if (data->size() > max_bytes(*encoding)) {
    return fail(Errc::kTooLarge, "multibase: too many octets");
  }
  return *std::move(data);
}

Result<std::string> multibase_encode(Multibase base, BytesView data) {
  POND_TRY(std::string text, base_encode(base, data));
  text.insert(text.begin(), static_cast<char>(base));
  return text;
}

Result<MultibaseValue> multibase_decode(std::string_view text) {
  if (text.empty()) {
    return fail(Errc::kMalformed, "multibase: empty text");
  }
  const auto base = static_cast<Multibase>(text.front());
  POND_TRY(Bytes data, base_decode(base, text.substr(1)));
  return MultibaseValue{.base = base, .data = std::move(data)};
}

std::string base64_encode(BytesView data) {
  return encode_bits(kBase64, data, Padding::kRequired);
}

Result<Bytes> base64_decode(std::string_view text) {
  auto data = decode_bits(kBase64, text, Padding::kRequired);
  if (!data) {
    return fail(Errc::kMalformed, "base64: not canonical, or other characters");
  }
  return *std::move(data);
}

}  // namespace pond::wire
