#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "pond/kad/kad.hpp"
#include "pond/kad/rpc/codec.hpp"
#include "pond/store/memory_store.hpp"
#include "pond/wire/frame.hpp"

#include "support/numbered_peers.hpp"

namespace pond::test {

/// One Kademlia machine of which the server side is asked by hand: requests go in as octets, answers come back as what
/// a peer would read.
class KadServer {
 public:
  static constexpr WallTime kStart{1'763'800'000'000};

  /// What became of one request.
  struct Reply {
    std::optional<wire::KadMessage> answer;
    std::size_t answer_bytes = 0;  ///< with the length prefix
    bool no_answer = false;
    std::optional<Error> refused;
  };

  explicit KadServer(kad::Config config = {}, const store::Limits& limits = {})
      : store{limits, self},
        kad{std::move(config), self, book, store, kad::Validators::openpond(), rng, WallAnchor{now, kStart}, now} {}

  /// A peer that the server knows, connected or not, with an address of its own.
  kad::PeerHandle peer(std::uint32_t number) {
    const kad::PeerHandle handle = book.intern(numbered_peer(number)).value();
    if (pinned_.insert_or_assign(number, handle).second) {
      book.pin(handle);
    }
    const wire::Multiaddr where =
        address("/ip4/10.0." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1) + "/tcp/4001");
    book.add_addresses(handle, {&where, 1}, peers::AddressSource::kIdentified, now);
    return handle;
  }

  /// Peers first to last are verified, and enter the table as far as there is room.
  void fill_table(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t number = first; number <= last; ++number) {
      kad.handle(kad::PeerUp{.peer = peer(number), .serves_kad = true}, now);
      drain();
      for (const kad::SendRpc& sent : std::exchange(sent_, {})) {
        kad.handle(kad::RpcAnswered{.rpc = sent.rpc, .answer = {.type = sent.request->type, .key = sent.request->key}},
                   now);
      }
      drain();
    }
  }

  /// Hands a request in without waiting for what becomes of it.
  kad::RequestToken post(kad::PeerHandle from, BytesView message) {
    const kad::RequestToken token{next_token_++};
    kad.handle(kad::InboundRequest{.token = token, .from = from, .message = message}, now);
    return token;
  }
  kad::RequestToken post(kad::PeerHandle from, const wire::KadMessage& message) {
    Bytes bytes;
    wire::encode_kad(message, bytes);
    return post(from, bytes);
  }

  /// The same, as a message that never was octets.
  kad::RequestToken post_decoded(kad::PeerHandle from, const wire::KadMessage& message) {
    const kad::RequestToken token{next_token_++};
    kad.handle(kad::InboundRequest{.token = token, .from = from, .message = {}, .decoded = &message}, now);
    return token;
  }

  Reply ask_raw(kad::PeerHandle from, BytesView message) {
    const kad::RequestToken token = post(from, message);
    drain();
    return take(token);
  }
  Reply ask(kad::PeerHandle from, const wire::KadMessage& message) {
    const kad::RequestToken token = post(from, message);
    drain();
    return take(token);
  }

  Reply ask_decoded(kad::PeerHandle from, const wire::KadMessage& message) {
    const kad::RequestToken token = post_decoded(from, message);
    drain();
    return take(token);
  }

  void drain() {
    while (std::optional<kad::Output> output = kad.poll(now)) {
      if (auto* answer = std::get_if<kad::SendAnswer>(&*output)) {
        Bytes framed;
        Reply reply;
        if (kad::encode_answer(answer->answer, book, writer_, framed, now)) {
          BytesView rest = framed;
          wire::FrameReader reader{std::size_t{1} << 22};
          reply.answer = wire::decode_kad(**reader.next(rest)).value();
          reply.answer_bytes = framed.size();
        }
        replies_.emplace(answer->token, std::move(reply));
      } else if (const auto* none = std::get_if<kad::NoAnswer>(&*output)) {
        replies_.emplace(none->token, Reply{.answer = {}, .no_answer = true, .refused = {}});
      } else if (const auto* refuse = std::get_if<kad::RefuseRequest>(&*output)) {
        replies_.emplace(refuse->token, Reply{.answer = {}, .refused = refuse->error});
      } else if (const auto* sent = std::get_if<kad::SendRpc>(&*output)) {
        sent_.push_back(*sent);
      }
    }
  }

  /// What became of that request; an empty Reply when nothing did.
  Reply take(kad::RequestToken token) {
    const auto found = replies_.find(token);
    return found == replies_.end() ? Reply{} : found->second;
  }
  /// Whether exactly one outcome was given for each request so far.
  [[nodiscard]] std::size_t replies() const { return replies_.size(); }

  Instant now = Instant{} + 1h;
  wire::PeerId self = numbered_peer(0);
  peers::PeerBook book;
  SeededRng rng{1};
  store::MemoryStore store;
  kad::Kad kad;

 private:
  std::uint64_t next_token_ = 1;
  std::multimap<kad::RequestToken, Reply> replies_;
  std::vector<kad::SendRpc> sent_;
  std::map<std::uint32_t, kad::PeerHandle> pinned_;
  wire::KadAnswerWriter writer_;
};

[[nodiscard]] inline wire::KadMessage kad_request(wire::KadType type, BytesView key) {
  wire::KadMessage message;
  message.type = type;
  message.key = to_bytes(key);
  return message;
}

[[nodiscard]] inline wire::KadMessage put_request(BytesView key, BytesView value) {
  wire::KadMessage message = kad_request(wire::KadType::kPutValue, key);
  message.record = wire::KadRecord{.key = to_bytes(key), .value = to_bytes(value), .time_received = {}};
  return message;
}

}  // namespace pond::test
