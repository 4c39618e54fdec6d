#include <algorithm>

#include "impl.hpp"

namespace pond::sim {

void World::Impl::post(Instant when, Parcel parcel) {
  at(when, WorldEvent::Kind::kParcel, parcels.put(std::move(parcel)));
}

void World::Impl::fail_at(Instant when, NodeIndex asker, kad::RpcId rpc, const Error& why) {
  post(when, {.kind = Parcel::Kind::kFailure,
              .asker = asker,
              .asker_life = nodes[asker].life_number,
              .rpc = rpc,
              .error = why});
}

void World::Impl::lost(const Parcel& parcel) {
  ++messages_lost;
  post(std::max(parcel.deadline, now), {.kind = Parcel::Kind::kFailure,
                                        .asker = parcel.asker,
                                        .asker_life = parcel.asker_life,
                                        .rpc = parcel.rpc,
                                        .error = {Errc::kTimeout, "no answer in time"}});
}

/// A request of a node's Kademlia: over the connection to its receiver, or over one that is opened for it.
void World::Impl::carry(NodeIndex from, kad::SendRpc& send) {
  const NodeIndex to = node_of(send.to);
  ++messages;
  if (traced_node == from) {
    trace->trace.note(now, "request", from, to, name_of(send.request->type));
  }
  const Dialed dialed = to == kNobody ? Dialed{.fails_at = now + scenario.network.dial_timeout} : dial(from, to);
  if (dialed.connection == nullptr) {
    fail_at(std::min(dialed.fails_at, send.deadline), from, send.rpc, dialed.error);
    return;
  }
  dialed.connection->used_at = now;
  const Duration until_ready = std::max<Instant>(dialed.connection->ready_at, now) - now;
  Parcel parcel{.kind = Parcel::Kind::kRequest,
                .asker = from,
                .asked = to,
                .asker_life = nodes[from].life_number,
                .asked_life = nodes[to].life_number,
                .rpc = send.rpc,
                .deadline = send.deadline,
                .request = std::move(send.request)};
  const Delivery delivery = links.deliver(from, to, rng);
  if (delivery.copies == 0 || links.separated(from, to)) {
    lost(parcel);
    return;
  }
  if (delivery.copies == 2) {
    post(now + until_ready + delivery.delay[1], {.kind = Parcel::Kind::kRequest,
                                                 .asker = from,
                                                 .asked = to,
                                                 .asker_life = parcel.asker_life,
                                                 .asked_life = parcel.asked_life,
                                                 .rpc = parcel.rpc,
                                                 .deadline = parcel.deadline,
                                                 .request = parcel.request});
  }
  post(now + until_ready + delivery.delay[0], std::move(parcel));
}

void World::Impl::arrive(std::uint32_t slot) {
  Parcel& parcel = parcels[slot];
  hash.mix(static_cast<std::uint64_t>(parcel.asker) << 32 | parcel.asked);
  hash.mix(static_cast<std::uint64_t>(parcel.kind) << 60 ^ static_cast<std::uint64_t>(parcel.rpc));
  if (parcel.kind == Parcel::Kind::kRequest) {
    deliver_request(slot);
    return;
  }
  Parcel taken = parcels.take(slot);
  SimNode& asker = nodes[taken.asker];
  if (!asker.life || asker.life_number != taken.asker_life) {
    return;
  }
  if (traced_node == taken.asker) {
    trace->trace.note(now, taken.kind == Parcel::Kind::kFailure ? "failure" : "answer", taken.asked, taken.asker,
                      taken.kind == Parcel::Kind::kFailure ? taken.error.what : describe(taken));
  }
  kad::Kad& kad = *asker.life->kad;
  if (taken.kind != Parcel::Kind::kFailure) {
    if (Connection* connection = asker.connections.find(taken.asked)) {
      introduce(taken.asker, *connection);
    }
  }
  switch (taken.kind) {
    case Parcel::Kind::kAnswer:
      kad.handle(kad::RpcAnswered{.rpc = taken.rpc, .answer = std::move(*taken.answer)}, now);
      break;
    case Parcel::Kind::kSent:
      kad.handle(kad::RpcSent{taken.rpc}, now);
      break;
    default:
      kad.handle(kad::RpcFailed{.rpc = taken.rpc, .error = taken.error}, now);
      break;
  }
  pump(taken.asker);
}

/// The parcel stays in the slab until it has been answered, which is before this returns, or never.
void World::Impl::deliver_request(std::uint32_t slot) {
  Parcel& parcel = parcels[slot];
  SimNode& asked = nodes[parcel.asked];
  if (!asked.up || asked.life_number != parcel.asked_life || asked.silent) {
    lost(parcels.take(slot));
    return;
  }
  ++asked.taken;
  if (Connection* connection = asked.connections.find(parcel.asker)) {
    connection->used_at = now;
    introduce(parcel.asked, *connection);
  }
  if (Adversary* adversary = adversaries[asked.group].get(); adversary != nullptr && !adversary->runs_kad()) {
    host->speaker = parcel.asked;
    const Question question{.request = *parcel.request, .key = wire::Key::of(parcel.request->key)};
    std::optional<Lie> lie = adversary->answer(question, *host);
    if (!lie) {
      lost(parcels.take(slot));
    } else {
      reply(slot, std::move(lie->answer), lie->delay);
    }
    return;
  }
  const NodeIndex index = parcel.asked;
  asked.life->kad->handle(kad::InboundRequest{.token = kad::RequestToken{slot},
                                              .from = nodes[parcel.asker].handle,
                                              .message = {},
                                              .decoded = parcel.request.get()},
                          now);
  pump(index);
}

/// What a node's Kademlia answers, or what its adversary makes of it.
void World::Impl::answered(NodeIndex from, kad::SendAnswer& sent) {
  const auto slot = static_cast<std::uint32_t>(sent.token);
  Adversary* adversary = adversaries[nodes[from].group].get();
  if (adversary == nullptr) {
    reply(slot, std::move(sent.answer), Duration{});
    return;
  }
  host->speaker = from;
  const wire::KadMessage& request = *parcels[slot].request;
  const Question question{.request = request, .key = wire::Key::of(request.key), .honest = &sent.answer};
  std::optional<Lie> lie = adversary->answer(question, *host);
  if (!lie) {
    lost(parcels.take(slot));
  } else {
    reply(slot, std::move(lie->answer), lie->delay);
  }
}

void World::Impl::reply(std::uint32_t slot, kad::Answer answer, Duration delay) {
  Parcel parcel = parcels.take(slot);
  parcel.kind = Parcel::Kind::kAnswer;
  if (parcel.request->type == wire::KadType::kAddProvider) {
    parcel.kind = Parcel::Kind::kSent;  // an adversary's: it has no answer
  } else {
    parcel.answer = std::make_unique<kad::Answer>(std::move(answer));
  }
  send_back(std::move(parcel), delay);
}

/// From the asked to the asker, in time or not at all.
void World::Impl::send_back(Parcel parcel, Duration delay) {
  parcel.request.reset();
  const Delivery delivery = links.deliver(parcel.asked, parcel.asker, rng);
  const Instant arrives = now + delay + delivery.delay[0];
  if (delivery.copies == 0 || arrives >= parcel.deadline || links.separated(parcel.asked, parcel.asker)) {
    lost(parcel);
    return;
  }
  post(arrives, std::move(parcel));
}

std::string World::Impl::describe(const Parcel& parcel) {
  if (parcel.kind == Parcel::Kind::kSent) {
    return "sent";
  }
  std::string text = std::to_string(parcel.answer->closer.size()) + " closer peers";
  if (parcel.answer->record) {
    text += ", a record";
  }
  if (!parcel.answer->providers.empty()) {
    text += ", " + std::to_string(parcel.answer->providers.size()) + " providers";
  }
  return text;
}

std::string_view World::Impl::name_of(wire::KadType type) {
  switch (type) {
    case wire::KadType::kPutValue:
      return "PUT_VALUE";
    case wire::KadType::kGetValue:
      return "GET_VALUE";
    case wire::KadType::kAddProvider:
      return "ADD_PROVIDER";
    case wire::KadType::kGetProviders:
      return "GET_PROVIDERS";
    case wire::KadType::kFindNode:
      return "FIND_NODE";
    case wire::KadType::kPing:
      return "PING";
  }
  return "?";
}

}  // namespace pond::sim
