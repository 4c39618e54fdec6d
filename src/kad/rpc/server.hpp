#pragma once

#include <unordered_map>

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
/// Invariant: as many requests wait for the store as `pending_` holds, at most max_pending_requests.
class Server {
 public:
  explicit Server(Context& context) : context_(context) {}

  void on_request(const InboundRequest& request, Instant now);
  /// False: the completion is not of one of these requests.
  bool on_completion(store::Completion& completion, Instant now);

 private:
  struct Pending {
    RequestToken token;
    peers::Pinned from;
    wire::KadType type;
    Bytes key;
    Bytes value{};        // PUT_VALUE
    bool judged = false;  // PUT_VALUE: the record is with the store
    std::int64_t received_ms = 0;
  };

  void refuse(RequestToken token, Errc code, std::string_view what);
  void wait_for_store(Pending pending, store::Request request, Instant now);
  void find_node(const InboundRequest& request, BytesView key, Instant now);
  void put_value(const InboundRequest& request, const wire::KadRequestView& view, Instant now);
  void add_provider(const InboundRequest& request, const wire::KadRequestView& view, Instant now);
  void answer_value(const Pending& pending, const store::Records& records, Instant now);
  void answer_providers(const Pending& pending, const store::Providers& providers, Instant now);
  void judge_put(Pending pending, const store::Records& standing, Instant now);
  void answer_record(const Pending& pending, BytesView value, std::int64_t received_ms);
  void add_closest(Answer& answer, const wire::Key& target, PeerHandle asker);

  Context& context_;
  std::unordered_map<store::RequestId, Pending> pending_;
};

}  // namespace pond::kad
