#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "pond/kad/kad.hpp"

namespace pond::kad {

/// Our requests without an outcome. They begin in the order of their numbers and end in nearly that order, so they lie
/// in a row: one that ends leaves a gap, and gaps go away when they are half of all. Everything is O(log n) on average.
class OpenRpcs {
 public:
  /// Whose request it is: an operation's; upkeep's or a correction's without one.
  struct Rpc {
    RpcId id{};
    PeerHandle to{};
    wire::KadType type{};
    bool ended = false;
    std::optional<OpId> op;
    Instant sent{};
  };

  /// `rpc.id` is greater than any before.
  void add(const Rpc& rpc) { rpcs_.push_back(rpc); }

  /// nullptr when there is none, or it has ended. Good until the next call.
  [[nodiscard]] Rpc* find(RpcId id) {
    const auto found = std::ranges::lower_bound(rpcs_, id, {}, [](const Rpc& rpc) { return rpc.id; });
    return found != rpcs_.end() && found->id == id && !found->ended ? &*found : nullptr;
  }

  /// Ends it, and says what it was; nullopt when it is not open.
  std::optional<Rpc> end(RpcId id) {
    Rpc* found = find(id);
    if (found == nullptr) {
      return std::nullopt;
    }
    const Rpc rpc = *found;
    found->ended = true;
    if (++ended_ * 2 > rpcs_.size()) {
      std::erase_if(rpcs_, [](const Rpc& each) { return each.ended; });
      ended_ = 0;
      if (rpcs_.empty() && rpcs_.capacity() > kKept) {
        rpcs_ = std::vector<Rpc>{};  // most of the time a node asks nothing
      }
    }
    return rpc;
  }

  [[nodiscard]] std::size_t size() const noexcept { return rpcs_.size() - ended_; }

 private:
  static constexpr std::size_t kKept = 4;

  std::vector<Rpc> rpcs_;
  std::size_t ended_ = 0;
};

}  // namespace pond::kad
