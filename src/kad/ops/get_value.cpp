#include <algorithm>
#include <utility>

#include "../mutation.hpp"
#include "operations.hpp"

namespace pond::kad {
namespace {

/// Distinct valid values that one lookup remembers; beyond that only better ones are taken.
constexpr std::size_t kMaxDistinctValues = 64;
/// The place of a valid value that was not remembered: no other's.
constexpr std::size_t kNotRemembered = static_cast<std::size_t>(-1);

class GetValueOperation final : public RunningOperation {
 public:
  GetValueOperation(Context& context, GetValue what, Instant deadline)
      : RunningOperation(context, deadline), what_(std::move(what)) {}

  std::optional<store::Request> local_request() override {
    return what_.use_local_store && context_.is_server() ? std::optional<store::Request>{store::GetRecords{what_.key}}
                                                         : std::nullopt;
  }

  /// The best value goes to those of the closest who answered with a worse one, a bad one or none.
  std::vector<Send> afterwards() override {
    std::vector<Send> corrections;
    if (!best_ || values_[*best_].verdict.kind != Verdict::Kind::kAuthentic) {
      return corrections;
    }
    wire::KadMessage message;
    message.type = wire::KadType::kPutValue;
    message.key = what_.key;
    message.record = wire::KadRecord{.key = what_.key, .value = values_[*best_].value, .time_received = {}};
    const auto request = std::make_shared<const wire::KadMessage>(std::move(message));
    for (const PeerHandle peer : lookup().result()) {
      const auto gave = gave_.find(peer);
      if (gave != gave_.end() && gave->second != best_) {
        corrections.push_back({.to = peer, .request = request});
      }
    }
    return corrections;
  }

 protected:
  std::optional<Error> check(Instant) override {
    return what_.key.empty() ? std::optional{Error{Errc::kInvalidArgument, "a key has at least one octet"}}
                             : std::nullopt;
  }
  wire::Key target() const override { return wire::Key::of(what_.key); }
  RequestPtr question() const override { return request_for(wire::KadType::kGetValue, what_.key); }

  void use_local(const store::Outcome& outcome, Instant now) override {
    const auto* records = std::get_if<store::Records>(&outcome);
    if (records == nullptr) {
      return;
    }
    if (records->authentic) {
      local_ = learn(records->authentic->value, now);
    } else if (!records->unsigned_records.empty()) {
      local_ = learn(records->unsigned_records.front().value, now);
    }
  }

  bool use_answer(PeerHandle from, const Answer& answer, Instant now) override {
    std::optional<std::size_t> index;
    if (answer.record && answer.record->key == what_.key) {
      index = learn(answer.record->value, now);
    }
    gave_.emplace(from, index);
    if (what_.quorum == 0 || !best_) {
      return false;
    }
    const auto agreeing = std::ranges::count_if(gave_, [&](const auto& gave) { return gave.second == best_; });
    return static_cast<std::size_t>(agreeing) >= what_.quorum;
  }

  /// A signed value is handed out without waiting for peers that may never answer.
  bool has_enough() const override { return best_ && values_[*best_].verdict.kind == Verdict::Kind::kAuthentic; }

  void conclude(OpResult& result, bool late, Instant) override {
    result.unverifiable_answers = unverifiable_;
    if (!best_) {
      result.error = nothing_found(result, late, !lookup().candidates().empty(), anybody_answered(),
                                   "nobody has a value for the key");
      return;
    }
    result.value = values_[*best_].value;
    result.verified = values_[*best_].verdict.kind == Verdict::Kind::kAuthentic;
    if (local_ == best_) {
      result.holders.push_back(context_.self);
    }
    for (const Candidate& candidate : lookup().candidates()) {
      const auto gave = gave_.find(candidate.peer);
      if (gave != gave_.end() && gave->second == best_) {
        result.holders.push_back(context_.book.id(candidate.peer));
      }
    }
  }

 private:
  struct Value {
    Bytes value;
    Verdict verdict;
  };

  /// The place of a valid value among those seen; nullopt for one that no validator takes.
  std::optional<std::size_t> learn(const Bytes& value, Instant now) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i].value == value) {
        return i;
      }
    }
    ++context_.counters.records_judged;
    Verdict verdict = context_.validators.validate(what_.key, value, context_.judging(now));
    if (mutated(Mutation::kUncheckedRecords)) {
      verdict.kind = Verdict::Kind::kAuthentic;
    }
    if (verdict.kind != Verdict::Kind::kAuthentic && verdict.kind != Verdict::Kind::kUnsigned) {
      ++unverifiable_;
      ++context_.counters.records_rejected;
      if (verdict.rejection && verdict.rejection->reason == RejectReason::kWrongNetwork) {
        ++context_.counters.records_of_other_networks;
      }
      return std::nullopt;
    }
    const bool is_better = !best_ || better({.value = value, .verdict = verdict}, values_[*best_]);
    if (values_.size() >= kMaxDistinctValues && !is_better) {
      return kNotRemembered;  // valid, worse, and not worth its memory
    }
    values_.push_back({.value = value, .verdict = verdict});
    if (is_better) {
      best_ = values_.size() - 1;
    }
    return values_.size() - 1;
  }

  bool better(const Value& a, const Value& b) const {
    if (a.verdict.kind != b.verdict.kind) {
      return a.verdict.kind == Verdict::Kind::kAuthentic;
    }
    return context_.validators.select(what_.key, a.value, b.value) > 0;
  }

  GetValue what_;
  std::vector<Value> values_;
  std::optional<std::size_t> best_;
  std::optional<std::size_t> local_;
  std::map<PeerHandle, std::optional<std::size_t>> gave_;
  std::size_t unverifiable_ = 0;
};

}  // namespace

std::unique_ptr<RunningOperation> make_get_value(Context& context, GetValue what, Instant deadline) {
  return std::make_unique<GetValueOperation>(context, std::move(what), deadline);
}

}  // namespace pond::kad
