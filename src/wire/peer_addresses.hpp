#pragma once

#include <span>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::wire {

/// How many times the number of kept addresses are looked at, so that a peer cannot buy unbounded parsing with
/// addresses that are then dropped.
inline constexpr std::size_t kAddressesSeenPerKept = 4;

/// Gathers the binary addresses of one message before it is known whose they are. Reusable; views only.
class AddressCandidates {
 public:
  void start(std::size_t max_kept) {
    max_kept_ = max_kept;
    seen_.clear();
  }

  void add(BytesView binary) {
    if (seen_.size() / kAddressesSeenPerKept < max_kept_) {
      seen_.push_back(binary);
    }
  }

  /// Those that are usable addresses of `owner`, in their order, each once, without a trailing `/p2p/<owner>`. Left
  /// out: what does not parse, what is empty, and what ends in the id of anybody else.
  [[nodiscard]] std::vector<Multiaddr> addresses_of(const PeerId& owner) const;

 private:
  std::size_t max_kept_ = 0;
  std::vector<BytesView> seen_;
};

}  // namespace pond::wire
