#pragma once

#include <concepts>
#include <memory>
#include <type_traits>

#include "pond/peers/peer_book.hpp"

namespace pond::kad {

/// A borrowed question about a peer: any callable `bool(PeerHandle)`, by reference, without allocation. Only for
/// parameters: the callable must outlive the call that it is passed to. Without a callable the answer is no.
class PeerFilter {
 public:
  PeerFilter() = default;

  template <typename F>
    requires std::predicate<const F&, peers::PeerHandle> && (!std::same_as<F, PeerFilter>)
  PeerFilter(const F& asked)  // NOLINT(google-explicit-constructor): a parameter takes a lambda as it is
      : object_(std::addressof(asked)), call_([](const void* object, peers::PeerHandle peer) -> bool {
          return (*static_cast<const F*>(object))(peer);
        }) {}

  [[nodiscard]] bool operator()(peers::PeerHandle peer) const { return call_ != nullptr && call_(object_, peer); }

 private:
  const void* object_ = nullptr;
  bool (*call_)(const void*, peers::PeerHandle) = nullptr;
};

}  // namespace pond::kad
