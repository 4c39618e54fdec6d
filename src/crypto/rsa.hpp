#pragma once

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

#include "key_material.hpp"

/// RSA keys of libp2p in the form of their `Data` fields (specs/peer-ids). `public_data` and `private_data` below are
/// fields that `check_public` and `read_private` have accepted.
namespace pond::crypto::rsa {

[[nodiscard]] Result<void> check_public(BytesView data);
[[nodiscard]] Result<KeyMaterial> read_private(BytesView data);
[[nodiscard]] Result<Bytes> sign(BytesView private_data, BytesView message);
[[nodiscard]] bool verify(BytesView public_data, BytesView message, BytesView signature);

}  // namespace pond::crypto::rsa
