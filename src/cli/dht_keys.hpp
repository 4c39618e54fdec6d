#pragma once

#include <string_view>

#include "pond/base/bytes.hpp"

#include "failure.hpp"

namespace pond::cli {

// Keys of the DHT as people write them: `0x...` an Ethereum address, meaning `/eth/<lowercase>`; `/...` as it is (in
// `/pk/<peer id>` the id becomes binary); `hex:...` raw octets.

/// For put and get.
[[nodiscard]] Outcome<Bytes> record_key(std::string_view text);

enum class ProviderText : unsigned char { kMeaning, kRawBytes };

/// For provide and providers: a CID means its multihash; with kRawBytes the octets of the text themselves; any other
/// text the sha2-256 multihash of its octets.
[[nodiscard]] Outcome<Bytes> provider_key(std::string_view text, ProviderText how);

/// For closest: a peer id means its binary form, a CID its multihash, any other text its octets.
[[nodiscard]] Outcome<Bytes> place_key(std::string_view text);

}  // namespace pond::cli
