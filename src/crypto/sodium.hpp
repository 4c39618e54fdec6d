#pragma once

namespace pond::crypto {

/// Lets libsodium choose its code for this processor, once. Every use of libsodium starts with it. Any thread.
void use_sodium();

}  // namespace pond::crypto
