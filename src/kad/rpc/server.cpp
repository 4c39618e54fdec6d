#include "server.hpp"

#include <array>
#include <utility>

#include "pond/kad/records/eth_record.hpp"
#include "pond/kad/records/put_policy.hpp"

#include "../ops/operations.hpp"

namespace pond::kad {
namespace {

/// The longest key that is looked at: more than any real one (go: 80 for providers, `/ns/` and a multihash for values).
constexpr std::size_t kMaxKeyBytes = 1024;

}  // namespace

void Server::refuse(RequestToken token, Errc code, std::string_view what) {
  ++context_.counters.requests_refused;
  context_.answers.emplace_back(RefuseRequest{.token = token, .error = {code, what}});
}

void Server::refuse(const Pending& pending, Errc code, std::string_view what) {
  if (pending.own) {
    context_.own_puts.push_back({.op = *pending.own, .better = std::nullopt});
  } else {
    refuse(pending.token, code, what);
  }
}

void Server::on_request(const InboundRequest& request, Instant now) {
  const Result<wire::KadRequestView> view =
      request.decoded != nullptr ? wire::view_of(*request.decoded) : wire::view_kad_request(request.message);
  if (!view) {
    ++context_.counters.malformed_in;
    refuse(request.token, view.error().code, view.error().what);
    return;
  }
  ++context_.counters.requests_in[static_cast<std::size_t>(view->type)];
  if (!context_.is_server()) {
    refuse(request.token, Errc::kUnsupported, "a client serves nobody");
    return;
  }
  if (view->type == wire::KadType::kPing) {
    context_.answers.emplace_back(
        SendAnswer{.token = request.token, .answer = {.type = wire::KadType::kPing, .key = to_bytes(view->key)}});
    return;
  }
  if (view->key.empty() || view->key.size() > kMaxKeyBytes) {
    ++context_.counters.malformed_in;
    refuse(request.token, Errc::kMalformed, "the key is missing or too long");
    return;
  }
  switch (view->type) {
    case wire::KadType::kFindNode:
      find_node(request, view->key, now);
      break;
    case wire::KadType::kGetValue:
      if (full(request.token)) {
        break;
      }
      wait_for_store({.token = request.token,
                      .from = peers::Pinned{context_.book, request.from},
                      .type = view->type,
                      .key = to_bytes(view->key)},
                     store::GetRecords{to_bytes(view->key)}, now);
      break;
    case wire::KadType::kGetProviders:
      if (view->key.size() > kMaxProviderKeyBytes) {
        refuse(request.token, Errc::kTooLarge, "a provider key has at most 80 octets");
        break;
      }
      if (full(request.token)) {
        break;
      }
      wait_for_store({.token = request.token,
                      .from = peers::Pinned{context_.book, request.from},
                      .type = view->type,
                      .key = to_bytes(view->key)},
                     store::GetProviders{to_bytes(view->key)}, now);
      break;
    case wire::KadType::kAddProvider:
      add_provider(request, *view, now);
      break;
    case wire::KadType::kPutValue:
      put_value(request, *view, now);
      break;
    case wire::KadType::kPing:
      break;
  }
}

/// Whether there is no room for one more request, which is refused then.
bool Server::full(RequestToken token) {
  if (pending() < context_.config.max_pending_requests) {
    return false;
  }
  ++context_.counters.overloaded;
  refuse(token, Errc::kLimit, "too many requests wait for the store");
  return true;
}

void Server::wait_for_store(Pending pending, store::Request request, Instant now) {
  const store::RequestId id = context_.next_store_request++;
  pending_.emplace(id, std::move(pending));
  context_.store.submit(id, std::move(request), context_.wall_now(now));
}

/// The nearest of the table, without the asker: it knows itself.
void Server::add_closest(Answer& answer, const wire::Key& target, PeerHandle asker) {
  std::array<PeerHandle, kAnswerPeers> closest;
  const std::size_t count = context_.table.closest(target, closest, [asker](PeerHandle peer) { return peer == asker; });
  for (const PeerHandle peer : std::span{closest}.first(count)) {
    bool there = false;
    for (const PeerHandle known : answer.closer.view()) {
      there = there || known == peer;
    }
    if (!there) {
      static_cast<void>(answer.closer.push_back(peer));
    }
  }
}

/// Whether this node itself has to do with that peer, so that it may vouch for it.
bool Server::knows(PeerHandle peer) const {
  return peer == context_.self_handle || context_.met.knows(peer) || context_.table.contains(peer);
}

/// The nearest servers, and in front of them the very peer that was asked for when it is known: a client too, or this
/// node.
void Server::find_node(const InboundRequest& request, BytesView key, Instant now) {
  SendAnswer out{.token = request.token, .answer = {.type = wire::KadType::kFindNode, .key = to_bytes(key)}};
  if (key.size() <= wire::PeerId::kMaxBytes) {
    if (const Result<wire::PeerId> id = wire::PeerId::from_bytes(key)) {
      const std::optional<PeerHandle> target = context_.book.find(*id);
      if (target && knows(*target) && !context_.book.encoded(*target, now).empty()) {
        static_cast<void>(out.answer.closer.push_back(*target));
      }
    }
  }
  add_closest(out.answer, wire::Key::of(key), request.from);
  context_.answers.emplace_back(std::move(out));
}

void Server::put_value(const InboundRequest& request, const wire::KadRequestView& view, Instant now) {
  if (!view.has_record) {
    refuse(request.token, Errc::kMalformed, "PUT_VALUE without a record");
    return;
  }
  if (!equal(view.key, view.record_key)) {
    refuse(request.token, Errc::kMalformed, "the record's key is not the message's");
    return;
  }
  if (!context_.validators.knows(view.key)) {
    ++context_.counters.records_rejected;
    refuse(request.token, Errc::kInvalidRecord, Validators::kUnknownNamespaceText);
    return;
  }
  if (view.record_value.size() > context_.validators.max_value_bytes(view.key)) {
    ++context_.counters.records_rejected;
    refuse(request.token, Errc::kTooLarge, "the value is longer than its namespace allows");
    return;
  }
  if (full(request.token)) {
    return;
  }
  queue_put({.token = request.token,
             .from = peers::Pinned{context_.book, request.from},
             .type = view.type,
             .key = to_bytes(view.key),
             .value = to_bytes(view.record_value)},
            now);
}

void Server::put_own(OpId op, PutValue what, Instant now) {
  queue_put({.own = op,
             .from = peers::Pinned{context_.book, context_.self_handle},
             .type = wire::KadType::kPutValue,
             .key = std::move(what.key),
             .value = std::move(what.value)},
            now);
}

void Server::queue_put(Pending pending, Instant now) {
  const auto [queue, is_first] = puts_.try_emplace(pending.key);
  if (!is_first) {
    ++waiting_puts_;
    queue->second.push_back(std::move(pending));
    return;
  }
  store::GetRecords get{pending.key};
  wait_for_store(std::move(pending), std::move(get), now);
}

/// A PUT of that key has ended.
void Server::next_put(const Bytes& key, Instant now) {
  const auto found = puts_.find(key);
  if (found->second.empty()) {
    puts_.erase(found);
    return;
  }
  Pending next = found->second.pop();
  --waiting_puts_;
  store::GetRecords get{next.key};
  wait_for_store(std::move(next), std::move(get), now);
}

/// The store has said what stands, or has taken the record.
void Server::continue_put(Pending pending, const store::Completion& completion, Instant now) {
  const Bytes key = pending.key;
  if (!completion.outcome) {
    refuse(pending, completion.outcome.error().code, completion.outcome.error().what);
  } else if (pending.judged) {
    answer_record(pending, pending.value, pending.received_ms);
    if (pending.is_news) {
      context_.upkeep.emplace_back(RecordTaken{.key = key, .value = std::move(pending.value)});
    }
  } else if (const auto* standing = std::get_if<store::Records>(&*completion.outcome);
             standing != nullptr && judge_put(pending, *standing, now)) {
    return;
  }
  next_put(key, now);
}

/// True: the record is on its way to the store. False: the request has been answered.
bool Server::judge_put(Pending& pending, const store::Records& standing, Instant now) {
  ValidationContext judging = context_.judging(now);
  judging.sender = context_.book.id(pending.from.peer());
  if (standing.authentic) {
    judging.standing = standing.authentic->value;
  }
  const Verdict verdict = context_.validators.validate(pending.key, pending.value, judging);
  ++context_.counters.records_judged;
  const PutDecision decision = decide_put(
      context_.validators,
      {.key = pending.key, .value = pending.value, .sender = *judging.sender, .now = judging.now, .verdict = verdict},
      standing);
  switch (decision.action) {
    case PutDecision::Action::kRefuse:
      ++context_.counters.records_rejected;
      if (verdict.rejection && verdict.rejection->reason == RejectReason::kWrongNetwork) {
        ++context_.counters.records_of_other_networks;
      }
      refuse(pending, Errc::kInvalidRecord, verdict.rejection ? verdict.rejection->what : "refused");
      return false;
    case PutDecision::Action::kKeep:
    case PutDecision::Action::kAcknowledge:
      answer_record(pending, decision.answer, judging.now.ms);
      return false;
    case PutDecision::Action::kStore:
    case PutDecision::Action::kRenew:
      break;
  }
  pending.judged = true;
  pending.is_news = decision.action == PutDecision::Action::kStore && decision.record->authentic &&
                    as_text(pending.key).starts_with(kEthKeyPrefix);
  pending.received_ms = judging.now.ms;
  store::PutRecord put{.key = pending.key, .record = *decision.record};
  wait_for_store(std::move(pending), std::move(put), now);
  return true;
}

void Server::answer_record(const Pending& pending, BytesView value, std::int64_t received_ms) {
  if (pending.own) {
    const bool stands = equal(value, pending.value);
    context_.own_puts.push_back({.op = *pending.own, .better = stands ? std::nullopt : std::optional{to_bytes(value)}});
    return;
  }
  SendAnswer out{.token = pending.token, .answer = {.type = pending.type, .key = pending.key}};
  out.answer.record =
      wire::KadRecord{.key = pending.key, .value = to_bytes(value), .time_received = wire::rfc3339(received_ms)};
  context_.answers.emplace_back(std::move(out));
}

void Server::add_provider(const InboundRequest& request, const wire::KadRequestView& view, Instant now) {
  if (view.key.size() > kMaxProviderKeyBytes) {
    refuse(request.token, Errc::kTooLarge, "a provider key has at most 80 octets");
    return;
  }
  Result<wire::KadMessage> read = fail(Errc::kMalformed, "not read");
  const wire::KadMessage* message = request.decoded;
  if (message == nullptr) {
    read = wire::decode_kad(view.body);
    if (!read) {
      ++context_.counters.malformed_in;
      refuse(request.token, read.error().code, read.error().what);
      return;
    }
    message = &*read;
  }
  const wire::PeerId& sender = context_.book.id(request.from);
  for (const wire::KadPeer& peer : message->provider_peers) {
    if (peer.id != sender || peer.addresses.empty()) {
      continue;
    }
    if (full(request.token)) {
      return;
    }
    const WallTime wall = context_.wall_now(now);
    store::AddProvider add{.key = to_bytes(view.key),
                           .provider = {.id = peer.id,
                                        .addresses = peer.addresses,
                                        .addresses_expire = wall + context_.config.provider_address_ttl,
                                        .expires = wall + context_.config.provider_ttl}};
    wait_for_store(
        {.token = request.token, .from = peers::Pinned{context_.book, request.from}, .type = view.type, .key = {}},
        std::move(add), now);
    return;
  }
  refuse(request.token, Errc::kProtocol, "a provider can only announce itself, with an address");
}

bool Server::on_completion(store::Completion& completion, Instant now) {
  const auto found = pending_.find(completion.id);
  if (found == pending_.end()) {
    return false;
  }
  Pending pending = std::move(found->second);
  pending_.erase(found);
  if (pending.type == wire::KadType::kPutValue) {
    continue_put(std::move(pending), completion, now);
    return true;
  }
  if (!completion.outcome) {
    refuse(pending.token, completion.outcome.error().code, completion.outcome.error().what);
    return true;
  }
  const store::Outcome& outcome = *completion.outcome;
  if (pending.type == wire::KadType::kAddProvider) {
    context_.answers.emplace_back(NoAnswer{pending.token});
  } else if (const auto* records = std::get_if<store::Records>(&outcome)) {
    answer_value(pending, *records, now);
  } else if (const auto* providers = std::get_if<store::Providers>(&outcome)) {
    answer_providers(pending, *providers, now);
  }
  return true;
}

void Server::answer_value(const Pending& pending, const store::Records& records, Instant) {
  const store::Record* record = nullptr;
  if (records.authentic) {
    record = &*records.authentic;
  } else if (!records.unsigned_records.empty()) {
    record = &records.unsigned_records.front();
  }
  SendAnswer out{.token = pending.token, .answer = {.type = pending.type, .key = pending.key}};
  if (record != nullptr) {
    out.answer.record = wire::KadRecord{
        .key = pending.key, .value = record->value, .time_received = wire::rfc3339(record->received.ms)};
  }
  add_closest(out.answer, wire::Key::of(pending.key), pending.from.peer());
  context_.answers.emplace_back(std::move(out));
}

void Server::answer_providers(const Pending& pending, const store::Providers& providers, Instant) {
  SendAnswer out{.token = pending.token, .answer = {.type = pending.type, .key = pending.key}};
  for (const store::Provider& provider : providers.providers) {
    out.answer.providers.push_back({.id = provider.id, .addresses = provider.addresses});
  }
  add_closest(out.answer, wire::Key::of(pending.key), pending.from.peer());
  context_.answers.emplace_back(std::move(out));
}

}  // namespace pond::kad
