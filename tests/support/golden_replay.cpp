#include "support/golden_replay.hpp"

#include <algorithm>
#include <string_view>

namespace pond::test {
namespace {

/// The transcript's second line says who it was.
wire::PeerId remote_of(const GoldenCapture& capture) {
  constexpr std::string_view kPeer = "peer ";
  const bool known = capture.transcript.size() > 1 && capture.transcript[1].starts_with(kPeer);
  const auto id = wire::PeerId::parse(known ? std::string_view{capture.transcript[1]}.substr(kPeer.size()) : "");
  return id ? *id : wire::PeerId{};
}

}  // namespace

std::vector<Bytes> cut_golden(const std::vector<Bytes>& chunks, const std::function<std::size_t()>& size) {
  std::vector<Bytes> pieces;
  for (const Bytes& chunk : chunks) {
    for (BytesView rest = chunk; !rest.empty();) {
      const std::size_t next = std::min(size(), rest.size());
      pieces.push_back(to_bytes(rest.first(next)));
      rest = rest.subspan(next);
    }
  }
  return pieces;
}

GoldenReplay replay_to_peer(const GoldenCapture& capture, const std::vector<Bytes>& chunks) {
  GoldenReplay replay{.peer = std::make_unique<GoldenPeer>(capture.settings),
                      .tap = std::make_unique<GoldenTap>(capture.settings),
                      .result = {}};
  replay.tap->ours(replay.peer->take_output());
  for (const Bytes& chunk : chunks) {
    replay.result = replay.peer->receive(chunk);
    replay.tap->theirs(chunk);
    replay.tap->ours(replay.peer->take_output());
    if (!replay.result) {
      break;
    }
  }
  return replay;
}

GoldenNodeReplay replay_to_node(const GoldenCapture& capture, const std::vector<Bytes>& chunks) {
  GoldenNodeReplay replay{.node = std::make_unique<GoldenNode>(capture.settings, remote_of(capture)),
                          .tap = std::make_unique<GoldenTap>(capture.settings)};
  replay.tap->ours(replay.node->take_output());
  for (const Bytes& chunk : chunks) {
    replay.node->receive(chunk);
    replay.tap->theirs(chunk);
    replay.tap->ours(replay.node->take_output());
  }
  return replay;
}

std::vector<std::string> golden_said(const GoldenCapture& capture) {
  return capture.settings.role == GoldenRole::kDialer ? replay_to_peer(capture, capture.chunks).tap->lines()
                                                      : replay_to_node(capture, capture.chunks).tap->lines();
}

}  // namespace pond::test
