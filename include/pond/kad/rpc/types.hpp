#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/peers/peer_book.hpp"
#include "pond/wire/kad_message.hpp"

namespace pond::kad {

using peers::PeerHandle;

/// One outgoing request, named by kad; whoever carries it reports back under the same number, once.
enum class RpcId : std::uint64_t {};

/// One incoming request, named by whoever carries it.
enum class RequestToken : std::uint64_t {};

/// A request of ours. Immutable and shared: a PUT to twenty peers is one message.
using RequestPtr = std::shared_ptr<const wire::KadMessage>;

/// How many peers an answer names (specs/kad-dht: k); not the capacity of a bucket, not the replication factor.
inline constexpr std::size_t kAnswerPeers = 20;

/// How many closer peers of an answer are kept, nearest to the key first: go's bound (2k). js and go nodes with buckets
/// of 200 answer with 200; the rest is ignored without calling it an error.
inline constexpr std::size_t kKeptPeers = 40;

/// A short list of handles without an allocation. The extra place is for the target of a FIND_NODE itself.
class PeerList {
 public:
  static constexpr std::size_t kCapacity = kKeptPeers + 1;

  [[nodiscard]] bool push_back(PeerHandle peer) {
    if (size_ == kCapacity) {
      return false;
    }
    peers_[size_++] = peer;
    return true;
  }
  [[nodiscard]] std::span<const PeerHandle> view() const noexcept { return {peers_.data(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<PeerHandle, kCapacity> peers_;
  std::size_t size_ = 0;
};

/// An answer, ours or a peer's, with its closer peers interned. `rpc/codec.hpp` turns it into bytes and back; the
/// simulator hands it over as it is.
struct Answer {
  wire::KadType type = wire::KadType::kFindNode;
  Bytes key;  ///< echoed from the request
  std::optional<wire::KadRecord> record;
  std::vector<wire::KadPeer> providers;
  PeerList closer;  ///< nearest to the key first
};

}  // namespace pond::kad
