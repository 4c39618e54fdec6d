#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pond/base/bytes.hpp"

#include "support/golden_capture.hpp"
#include "support/golden_node.hpp"
#include "support/golden_peer.hpp"
#include "support/golden_tap.hpp"

// The recorder's loop without its socket: what a peer sent, played again, and read along.

namespace pond::test {

/// The same octets in pieces of at most `size()`. Chunks may be cut, never joined: what follows one may be the answer
/// to what it made us send.
[[nodiscard]] std::vector<Bytes> cut_golden(const std::vector<Bytes>& chunks, const std::function<std::size_t()>& size);

struct GoldenReplay {
  std::unique_ptr<GoldenPeer> peer;
  std::unique_ptr<GoldenTap> tap;
  Result<void> result;
};
[[nodiscard]] GoldenReplay replay_to_peer(const GoldenCapture& capture, const std::vector<Bytes>& chunks);

struct GoldenNodeReplay {
  std::unique_ptr<GoldenNode> node;
  std::unique_ptr<GoldenTap> tap;
};
/// Of a capture in which our end listens.
[[nodiscard]] GoldenNodeReplay replay_to_node(const GoldenCapture& capture, const std::vector<Bytes>& chunks);

/// What our end says in a capture, as its `>` lines have it: the GoldenPeer that dials, or the node that listens.
[[nodiscard]] std::vector<std::string> golden_said(const GoldenCapture& capture);

}  // namespace pond::test
