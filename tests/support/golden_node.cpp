#include "support/golden_node.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "pond/wire/multiaddr.hpp"

#include "support/golden_keys.hpp"

namespace pond::test {
namespace {

constexpr Instant kNow = Instant{} + 1h;  ///< always
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kProduceBytes = std::size_t{64} << 10;

wire::Multiaddr address(std::string_view text) {
  return wire::Multiaddr::parse(text).value();
}

Bytes first_key(std::uint64_t seed) {
  Bytes key(kKeyBytes);
  SeededRng{seed}.fill(key);
  return key;
}

}  // namespace

GoldenNode::Draws::Draws(std::uint64_t seed)
    : keys_{first_key(golden_identity_seed(seed)), first_key(golden_connection_seed(seed)),
            Bytes(kKeyBytes, kGoldenPingOctet)},
      others_(seed) {
}

void GoldenNode::Draws::fill(std::span<std::uint8_t> out) {
  if (out.size() != kKeyBytes || keys_.empty()) {
    return others_.fill(out);
  }
  std::ranges::copy(keys_.front(), out.begin());
  keys_.pop_front();
}

GoldenNode::GoldenNode(const GoldenSettings& settings, const wire::PeerId& remote)
    : draws_(settings.seed), remote_(remote) {
  node::Config config = node::Config::for_role(node::Role::kBootstrap);
  config.security = {swarm::Security::kNoise};  // TLS draws its randomness by itself: nobody can replay it
  crypto::PrivateKey key = golden_private_key(settings.seed);
  store_ = std::make_unique<store::MemoryStore>(config.limits.store, wire::PeerId::from_public_key(key.public_key()));
  node_ = node::Node::make(std::move(config), std::move(key), *store_, draws_, WallAnchor{kNow, settings.wall}, kNow)
              .value();
  const wire::Multiaddr here = address("/ip4/127.0.0.1/tcp/4001");
  node_->start({here}, kNow);
  drain();
  conn_ = node_->accept(here, address("/ip4/127.0.0.1/tcp/50000"), kNow);
  drain();
}

GoldenNode::~GoldenNode() = default;

void GoldenNode::receive(BytesView in) {
  if (!closed_) {
    node_->handle(swarm::Received{.conn = conn_, .bytes = in}, kNow);
    drain();
  }
}

void GoldenNode::drain() {
  bool more = true;
  while (more) {
    more = false;
    while (std::optional<node::Output> output = node_->poll(kNow)) {
      if (const auto* close = std::get_if<swarm::CloseSocket>(&*output)) {
        append(output_, close->last_bytes);
        closed_ = true;
      } else if (const auto* ping = std::get_if<swarm::PingDone>(&*output)) {
        pinged_ = ping->round_trip.has_value();
      }
    }
    if (const auto peer = node_->find(remote_); !asked_to_ping_ && peer && node_->connected(*peer)) {
      asked_to_ping_ = true;
      node_->ping(*peer, kNow);
      more = true;
    }
    while (!closed_ && node_->produce(conn_, output_, kProduceBytes, kNow) != 0) {
      more = true;
    }
  }
}

node::Status GoldenNode::status() const {
  return node_->status(kNow);
}

Bytes GoldenNode::take_output() {
  return std::exchange(output_, {});
}

}  // namespace pond::test
