#pragma once

#include <array>
#include <cstdint>

#include "pond/base/bytes.hpp"

namespace pond::crypto {

/// A 32-octet digest or key.
using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 (FIPS 180-4). Any thread.
[[nodiscard]] Digest sha256(BytesView data);

/// SHA-256 of `a || b` without joining them first. Any thread.
[[nodiscard]] Digest sha256(BytesView a, BytesView b);

/// Keccak-256 as Ethereum uses it (the padding from before FIPS 202, so not SHA3-256). Any thread.
[[nodiscard]] Digest keccak256(BytesView data);

/// Keccak-256 of `a || b` without joining them first. Any thread.
[[nodiscard]] Digest keccak256(BytesView a, BytesView b);

/// HMAC-SHA-256 (RFC 2104). Any thread.
[[nodiscard]] Digest hmac_sha256(BytesView key, BytesView data);

/// Noise's HKDF (Noise specification 4.3): `outputs` is 2 or 3 digests from a 32-octet chaining key and 0 or 32 octets
/// of input key material.
void noise_hkdf(const Digest& chaining_key, BytesView input_key_material, std::span<Digest> outputs);

}  // namespace pond::crypto
