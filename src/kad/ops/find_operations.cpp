#include <algorithm>
#include <set>
#include <utility>

#include "operation.hpp"
#include "operations.hpp"

namespace pond::kad {

RequestPtr request_for(wire::KadType type, Bytes key) {
  wire::KadMessage message;
  message.type = type;
  message.key = std::move(key);
  return std::make_shared<const wire::KadMessage>(std::move(message));
}

std::optional<Error> nothing_found(const OpResult& result, bool late, bool anybody_asked, bool anybody_answered,
                                   std::string_view what) {
  if (!anybody_asked) {
    return Error{Errc::kNoPeers, "the routing table is empty"};
  }
  const bool silent = std::ranges::any_of(
      result.reports, [](const PeerReport& report) { return report.outcome == PeerOutcome::kNoAnswerInTime; });
  if (late) {
    return Error{Errc::kTimeout, "no answer before the deadline"};
  }
  if (!anybody_answered && silent) {
    return Error{Errc::kTimeout, "no peer that was asked answers"};
  }
  if (!anybody_answered) {
    return Error{Errc::kUnreachable, "no peer could be asked: all refused, or could not be reached"};
  }
  return Error{Errc::kNotFound, what};
}

namespace {

class ClosestOperation : public RunningOperation {
 public:
  ClosestOperation(Context& context, Bytes key, Instant deadline)
      : RunningOperation(context, deadline), key_(std::move(key)) {}

 protected:
  std::optional<Error> check(Instant) override {
    return key_.empty() ? std::optional{Error{Errc::kInvalidArgument, "a key has at least one octet"}} : std::nullopt;
  }
  wire::Key target() const override { return wire::Key::of(key_); }
  RequestPtr question() const override { return request_for(wire::KadType::kFindNode, key_); }
  void conclude(OpResult& result, bool late, Instant now) override {
    for (const PeerHandle peer : lookup().result()) {
      result.peers.push_back(peer_info(peer, now));
    }
    if (result.peers.empty()) {
      result.error = nothing_found(result, late, !lookup().candidates().empty(), anybody_answered(),
                                   "no peer is close to the key");
    }
  }

  Bytes key_;
};

class FindPeerOperation final : public ClosestOperation {
 public:
  FindPeerOperation(Context& context, const wire::PeerId& id, Instant deadline)
      : ClosestOperation(context, to_bytes(id.bytes()), deadline), id_(id) {}

 protected:
  bool use_answer(PeerHandle from, const Answer& answer, Instant now) override {
    if (context_.book.id(from) == id_) {
      found_ = peer_info(from, now);
      return true;
    }
    for (const PeerHandle peer : answer.closer.view()) {
      if (context_.book.id(peer) == id_) {
        found_ = peer_info(peer, now);
        return true;
      }
    }
    return false;
  }
  void conclude(OpResult& result, bool late, Instant) override {
    if (found_) {
      result.peers.push_back(std::move(*found_));
    } else {
      result.error =
          nothing_found(result, late, !lookup().candidates().empty(), anybody_answered(), "nobody knows that peer");
    }
  }

 private:
  wire::PeerId id_;
  std::optional<wire::KadPeer> found_;
};

class FindProvidersOperation final : public ClosestOperation {
 public:
  FindProvidersOperation(Context& context, FindProviders what, Instant deadline)
      : ClosestOperation(context, std::move(what.key), deadline), enough_(what.enough) {}

  std::optional<store::Request> local_request() override {
    return context_.is_server() ? std::optional<store::Request>{store::GetProviders{key_}} : std::nullopt;
  }

 protected:
  /// Providers that one lookup collects at most, with kept addresses: what a liar can make it hold.
  static constexpr std::size_t kMaxProviders = 1000;

  std::optional<Error> check(Instant) override {
    if (key_.empty() || key_.size() > kMaxProviderKeyBytes) {
      return Error{Errc::kInvalidArgument, "a provider key has 1 to 80 octets"};
    }
    return std::nullopt;
  }
  RequestPtr question() const override { return request_for(wire::KadType::kGetProviders, key_); }
  void use_local(const store::Outcome& outcome, Instant) override {
    if (const auto* local = std::get_if<store::Providers>(&outcome)) {
      for (const store::Provider& provider : local->providers) {
        add({.id = provider.id, .addresses = provider.addresses});
      }
    }
  }
  bool use_answer(PeerHandle, const Answer& answer, Instant) override {
    for (const wire::KadPeer& provider : answer.providers) {
      add(provider);
    }
    return enough_ != 0 && found_.size() >= enough_;
  }
  void conclude(OpResult& result, bool late, Instant) override {
    if (found_.empty()) {
      result.error =
          nothing_found(result, late, !lookup().candidates().empty(), anybody_answered(), "nobody provides the key");
      return;
    }
    for (auto& [id, addresses] : found_) {
      result.peers.push_back({.id = id, .addresses = std::move(addresses)});
    }
    const wire::Key where = target();
    std::ranges::sort(result.peers, {},
                      [&](const wire::KadPeer& peer) { return wire::Key::of(peer.id).distance_to(where); });
  }

 private:
  void add(const wire::KadPeer& provider) {
    const auto known = found_.find(provider.id);
    if (known == found_.end() && found_.size() >= kMaxProviders) {
      return;
    }
    std::vector<wire::Multiaddr>& addresses = found_[provider.id];
    for (const wire::Multiaddr& address : provider.addresses) {
      const wire::Multiaddr bare = address.without_peer_id();
      if (addresses.size() < context_.book.limits().max_addresses_per_peer &&
          std::ranges::find(addresses, bare) == addresses.end()) {
        addresses.push_back(bare);
      }
    }
  }

  std::size_t enough_;
  std::map<wire::PeerId, std::vector<wire::Multiaddr>> found_;
};

}  // namespace

std::unique_ptr<RunningOperation> make_get_closest(Context& context, Bytes key, Instant deadline) {
  return std::make_unique<ClosestOperation>(context, std::move(key), deadline);
}
std::unique_ptr<RunningOperation> make_find_peer(Context& context, const wire::PeerId& id, Instant deadline) {
  return std::make_unique<FindPeerOperation>(context, id, deadline);
}
std::unique_ptr<RunningOperation> make_find_providers(Context& context, FindProviders what, Instant deadline) {
  return std::make_unique<FindProvidersOperation>(context, std::move(what), deadline);
}

}  // namespace pond::kad
