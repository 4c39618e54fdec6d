#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "pond/base/fifo.hpp"
#include "pond/wire/kad_serving.hpp"

#include "../context.hpp"

namespace pond::kad {

/// The server side: turns requests into answers, by way of the store where one is needed.
///
/// Each request ends with exactly one SendAnswer, NoAnswer or RefuseRequest in `context.answers`.
///
///   FIND_NODE, PING   answered at once.
///   GET_VALUE         store: get; answer.
///   GET_PROVIDERS     store: get; answer.
///   ADD_PROVIDER      store: add; no answer.
///   PUT_VALUE         store: get what stands; judge; store: put, unless what stands is better; answer with what stands
///   then.
///
/// PUTs of one key are carried out one after the other, those of the node itself among them: two that were judged
/// against the same standing record could otherwise leave the worse one of the two behind.
///
/// Invariant: `pending_` holds the requests that wait for the store, `puts_` those that wait for a PUT of the same key;
/// at most max_pending_requests in all, beside the node's own, of which there is one for an operation.
class Server {
 public:
  explicit Server(Context& context) : context_(context) {}

  void on_request(const InboundRequest& request, Instant now);
  /// A PUT of the node itself to its own store, by the rules for anybody's. Ends with one OwnPutDone.
  void put_own(OpId op, PutValue what, Instant now);
  /// False: the completion is not of one of these requests.
  bool on_completion(store::Completion& completion, Instant now);
  /// Requests that wait: for the store, or for a PUT of the same key.
  [[nodiscard]] std::size_t pending() const noexcept { return pending_.size() + waiting_puts_; }

 private:
  struct Pending {
    RequestToken token{};
    std::optional<OpId> own{};  // a PUT of the node itself: the token means nothing
    peers::Pinned from;
    wire::KadType type;
    Bytes key;
    Bytes value{};         // PUT_VALUE
    bool judged = false;   // PUT_VALUE: the record is with the store
    bool is_news = false;  // PUT_VALUE: it was not there before
    std::int64_t received_ms = 0;
  };

  void refuse(RequestToken token, Errc code, std::string_view what);
  void refuse(const Pending& pending, Errc code, std::string_view what);
  [[nodiscard]] bool full(RequestToken token);
  void queue_put(Pending pending, Instant now);
  void wait_for_store(Pending pending, store::Request request, Instant now);
  void next_put(const Bytes& key, Instant now);
  void find_node(const InboundRequest& request, BytesView key, Instant now);
  void put_value(const InboundRequest& request, const wire::KadRequestView& view, Instant now);
  void add_provider(const InboundRequest& request, const wire::KadRequestView& view, Instant now);
  void answer_value(const Pending& pending, const store::Records& records, Instant now);
  void answer_providers(const Pending& pending, const store::Providers& providers, Instant now);
  void continue_put(Pending pending, const store::Completion& completion, Instant now);
  [[nodiscard]] bool judge_put(Pending& pending, const store::Records& standing, Instant now);
  void answer_record(const Pending& pending, BytesView value, std::int64_t received_ms);
  [[nodiscard]] bool knows(PeerHandle peer) const;
  void add_closest(Answer& answer, const wire::Key& target, PeerHandle asker);

  Context& context_;
  std::unordered_map<store::RequestId, Pending> pending_;
  std::map<Bytes, Fifo<Pending>> puts_;  // keys with a PUT under way, and who waits for it
  std::size_t waiting_puts_ = 0;
};

}  // namespace pond::kad
