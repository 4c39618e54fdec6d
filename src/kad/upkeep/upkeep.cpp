#include "upkeep.hpp"

#include <algorithm>
#include <utility>

#include "pond/kad/table/refresh_target.hpp"

namespace pond::kad {
namespace {

/// Newcomers that wait to be verified; more come again with the next answer that names them.
constexpr std::size_t kMaxQueue = 1024;

}  // namespace

void Upkeep::peer_up(PeerHandle peer, bool serves_kad, Instant now) {
  context_.met.up(peer, serves_kad);
  if (serves_kad) {
    consider(peer, now);
    return;
  }
  if (context_.table.contains(peer)) {
    const Removal removal = context_.table.remove(peer);
    changed(peer, false, now);
    if (removal.newcomer) {
      ask(*removal.newcomer, now);
    }
  }
}

void Upkeep::consider(PeerHandle peer, Instant now) {
  const Consideration consideration = context_.table.consider(peer, now);
  switch (consideration.verdict) {
    case Consideration::Verdict::kVerify:
      ask(peer, now);
      break;
    case Consideration::Verdict::kFull:
      ask(consideration.probe, now);
      break;
    default:
      break;
  }
}

void Upkeep::ask(PeerHandle peer, Instant now) {
  if (asked_.contains(peer)) {
    return;
  }
  if (queue_.size() < kMaxQueue) {
    asked_.insert(peer);
    queue_.emplace_back(context_.book, peer);
  }
  pump(now);
}

void Upkeep::pump(Instant now) {
  if (!question_) {
    wire::KadMessage message;
    message.type = wire::KadType::kFindNode;
    message.key = to_bytes(context_.self.bytes());
    question_ = std::make_shared<const wire::KadMessage>(std::move(message));
  }
  while (!queue_.empty() && under_way_.size() < context_.config.max_verifications) {
    const peers::Pinned pinned = queue_.pop();
    const RpcId rpc = context_.send(context_.upkeep, pinned.peer(), question_, now + context_.config.rpc_timeout);
    under_way_.emplace(rpc, pinned.peer());
  }
}

bool Upkeep::on_rpc_ended(RpcId rpc) {
  const auto found = under_way_.find(rpc);
  if (found == under_way_.end()) {
    return false;
  }
  asked_.erase(found->second);
  under_way_.erase(found);
  return true;
}

void Upkeep::answered(PeerHandle peer, Instant now) {
  if (!context_.table.answered(peer, now) && !context_.met.is_connected_client(peer)) {
    const Consideration consideration = context_.table.consider(peer, now);
    if (consideration.verdict == Consideration::Verdict::kVerify) {
      if (context_.table.verified(peer, now) == Insertion::kInserted) {
        ++context_.counters.verified_into_table;
        changed(peer, true, now);
      }
    } else if (consideration.verdict == Consideration::Verdict::kFull) {
      ask(consideration.probe, now);
    }
  }
  pump(now);
}

void Upkeep::failed(PeerHandle peer, const Error& why, Instant now) {
  // What went wrong on our side says nothing about the peer.
  if (fault_of(why.code) != Fault::kOurs) {
    const Removal removal = context_.table.failed(peer);
    if (removal.fate == Removal::Fate::kRemoved) {
      ++context_.counters.evicted_from_table;
      changed(peer, false, now);
    }
    if (removal.newcomer) {
      ask(*removal.newcomer, now);
    }
  }
  if (context_.met.is_server(peer) && !context_.table.contains(peer)) {
    context_.upkeep.emplace_back(ServerFailed{.peer = peer, .why = why});
  }
  pump(now);
}

void Upkeep::changed(PeerHandle peer, bool inside, Instant now) {
  context_.upkeep.emplace_back(TableChanged{.peer = peer, .inside = inside});
  if (inside && context_.table.size() == 1) {
    next_self_lookup_ = now + kFirstSelfLookup;
  }
}

void Upkeep::table_restored(Instant now) {
  const auto interval = static_cast<std::uint64_t>(context_.config.refresh_interval.count());
  next_self_lookup_ = now + Duration{static_cast<Duration::rep>(context_.rng.below(interval))};
}

void Upkeep::handle_timeout(Instant now) {
  if (now < next_retry_) {
    return;
  }
  next_retry_ = now + kRetryInterval;
  for (const PeerHandle peer : context_.met.servers()) {
    if (!context_.table.contains(peer)) {
      consider(peer, now);
    }
  }
}

std::optional<Instant> Upkeep::next_deadline() const {
  std::optional<Instant> when = context_.table.next_refresh();
  if (next_self_lookup_ && (!when || *next_self_lookup_ < *when)) {
    when = next_self_lookup_;
  }
  if (!context_.met.servers().empty() && (!when || next_retry_ < *when)) {
    when = next_retry_;
  }
  return when;
}

std::optional<Bytes> Upkeep::due_refresh(Instant now) {
  if (next_self_lookup_ && *next_self_lookup_ <= now) {
    next_self_lookup_ = now + context_.config.refresh_interval;
    return to_bytes(context_.self.bytes());
  }
  const std::optional<unsigned> bucket = context_.table.due_refresh(now);
  if (!bucket) {
    return std::nullopt;
  }
  if (*bucket > kMaxRefreshPrefix) {
    const PeerHandle peer = context_.table.any_of(*bucket, context_.rng);
    context_.table.looked_up(context_.book.key(peer), now);
    return to_bytes(context_.book.id(peer).bytes());
  }
  const std::optional<RefreshTarget> target = refresh_target(context_.self_key, *bucket, context_.rng);
  if (!target) {
    return std::nullopt;
  }
  context_.table.looked_up(target->key, now);
  return Bytes{target->preimage.begin(), target->preimage.end()};
}

}  // namespace pond::kad
