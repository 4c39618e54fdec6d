#pragma once

#include "pond/base/bytes.hpp"

namespace pond::crypto {

/// Both `Data` fields of a key pair, as libp2p's key protobufs have them. Whoever receives it owns the secret and wipes
/// it.
struct KeyMaterial {
  Bytes public_data;
  Bytes private_data;
};

}  // namespace pond::crypto
