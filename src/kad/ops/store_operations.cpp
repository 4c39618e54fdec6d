#include <utility>

#include "operations.hpp"

namespace pond::kad {
namespace {

/// What an operation that stored nowhere ends with.
std::optional<Error> stored_nowhere(const OpResult& result, bool late, bool anybody_asked) {
  for (const PeerReport& report : result.reports) {
    if (report.outcome == PeerOutcome::kStored) {
      return std::nullopt;
    }
  }
  if (!anybody_asked) {
    return Error{Errc::kNoPeers, "the routing table is empty"};
  }
  if (late) {
    return Error{Errc::kTimeout, "no holder acknowledged before the deadline"};
  }
  for (const PeerReport& report : result.reports) {
    if (report.error && report.error->code == Errc::kRefused) {
      return report.error;
    }
  }
  for (const PeerReport& report : result.reports) {
    if (report.outcome == PeerOutcome::kNoAnswerInTime) {
      return Error{Errc::kTimeout, "no answer in time"};
    }
  }
  return Error{Errc::kUnreachable, "no peer took it"};
}

class PutValueOperation final : public RunningOperation {
 public:
  PutValueOperation(Context& context, PutValue what, Instant deadline)
      : RunningOperation(context, deadline), what_(std::move(what)) {}

  /// Nobody waits for what becomes of it: a full store of our own is no reason not to publish.
  std::optional<PutValue> local_put() override { return context_.is_server() ? std::optional{what_} : std::nullopt; }

 protected:
  std::optional<Error> check(Instant now) override {
    verdict_ = context_.validators.validate(what_.key, what_.value, own_judging(now));
    if (verdict_.kind == Verdict::Kind::kInvalid) {
      return Error{Errc::kInvalidRecord, verdict_.rejection ? verdict_.rejection->what : "the value is not valid"};
    }
    return std::nullopt;
  }
  wire::Key target() const override { return wire::Key::of(what_.key); }
  RequestPtr question() const override { return request_for(wire::KadType::kFindNode, what_.key); }

  void use_better(const Bytes& standing) override { result_.value = standing; }

  RequestPtr to_store(Instant now) override {
    wire::KadMessage message;
    message.type = wire::KadType::kPutValue;
    message.key = what_.key;
    message.record = wire::KadRecord{
        .key = what_.key, .value = what_.value, .time_received = wire::rfc3339(context_.wall_now(now).ms)};
    return std::make_shared<const wire::KadMessage>(std::move(message));
  }

  /// A server that took the record echoes it. One that knows a better one answers with that.
  std::optional<Error> judge_stored(const Answer& answer, Instant now) override {
    if (!answer.record || answer.record->key != what_.key) {
      return Error{Errc::kRefused, "the answer does not confirm the record"};
    }
    if (answer.record->value == what_.value) {
      return std::nullopt;
    }
    const Verdict verdict = context_.validators.validate(what_.key, answer.record->value, own_judging(now));
    if (verdict.kind == Verdict::Kind::kAuthentic &&
        context_.validators.select(what_.key, answer.record->value, result_.value.value_or(what_.value)) > 0) {
      result_.value = answer.record->value;
    }
    return Error{Errc::kRefused, "the holder knows a better record"};
  }

  void conclude(OpResult& result, bool late, Instant) override {
    result.verified = verdict_.kind == Verdict::Kind::kAuthentic;
    result.error = stored_nowhere(result, late, !lookup().candidates().empty());
  }

 private:
  /// Our own unsigned record is ours to publish; whether a server takes it is the server's business.
  ValidationContext own_judging(Instant now) const {
    ValidationContext judging = context_.judging(now);
    judging.accept_unsigned = true;
    return judging;
  }

  PutValue what_;
  Verdict verdict_;
};

class ProvideOperation final : public RunningOperation {
 public:
  ProvideOperation(Context& context, Provide what, Instant deadline)
      : RunningOperation(context, deadline), key_(std::move(what.key)) {}

 protected:
  std::optional<Error> check(Instant) override {
    if (key_.empty() || key_.size() > kMaxProviderKeyBytes) {
      return Error{Errc::kInvalidArgument, "a provider key has 1 to 80 octets"};
    }
    if (context_.own_addresses.empty()) {
      return Error{Errc::kInvalidArgument, "a node that listens nowhere cannot be a provider"};
    }
    return std::nullopt;
  }
  std::optional<store::Request> local_request() override {
    return context_.is_server() ? std::optional<store::Request>{store::GetProviders{key_}} : std::nullopt;
  }
  wire::Key target() const override { return wire::Key::of(key_); }
  RequestPtr question() const override { return request_for(wire::KadType::kFindNode, key_); }

  void use_local(const store::Outcome&, Instant now) override {
    const WallTime wall = context_.wall_now(now);
    context_.ask_store(store::AddProvider{.key = key_,
                                          .provider = {.id = context_.self,
                                                       .addresses = context_.own_addresses,
                                                       .addresses_expire = wall + context_.config.provider_address_ttl,
                                                       .expires = wall + context_.config.provider_ttl}},
                       now);
  }
  RequestPtr to_store(Instant) override {
    wire::KadMessage message;
    message.type = wire::KadType::kAddProvider;
    message.key = key_;
    message.provider_peers.push_back(
        {.id = context_.self, .addresses = context_.own_addresses, .connection = wire::KadConnection::kConnected});
    return std::make_shared<const wire::KadMessage>(std::move(message));
  }
  void conclude(OpResult& result, bool late, Instant) override {
    result.error = stored_nowhere(result, late, !lookup().candidates().empty());
  }

 private:
  Bytes key_;
};

}  // namespace

std::unique_ptr<RunningOperation> make_put_value(Context& context, PutValue what, Instant deadline) {
  return std::make_unique<PutValueOperation>(context, std::move(what), deadline);
}
std::unique_ptr<RunningOperation> make_provide(Context& context, Provide what, Instant deadline) {
  return std::make_unique<ProvideOperation>(context, std::move(what), deadline);
}

}  // namespace pond::kad
