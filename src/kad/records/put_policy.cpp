#include "pond/kad/records/put_policy.hpp"

#include <algorithm>

#include "../mutation.hpp"

namespace pond::kad {
namespace {

using Action = PutDecision::Action;

store::Record record_of(const IncomingPut& put, const wire::PeerId& sender) {
  return {.value = to_bytes(put.value),
          .sender = sender,
          .received = put.now,
          .expires = put.verdict.expires,
          .authentic = put.verdict.kind == Verdict::Kind::kAuthentic};
}

PutDecision store(const IncomingPut& put) {
  return {Action::kStore, record_of(put, put.sender), put.value};
}

/// Whoever repeats a record, it stays with the one who brought it: no quota moves.
PutDecision renew(const IncomingPut& put, const store::Record& standing) {
  return {Action::kRenew, record_of(put, standing.sender), put.value};
}

PutDecision keep(const store::Record& standing) {
  return {Action::kKeep, std::nullopt, standing.value};
}

PutDecision decide_unsigned(const Validators& validators, const IncomingPut& put, const store::Records& standing) {
  if (standing.authentic) {
    return keep(*standing.authentic);
  }
  const auto mine = std::find_if(standing.unsigned_records.begin(), standing.unsigned_records.end(),
                                 [&](const store::Record& record) { return record.sender == put.sender; });
  if (mine == standing.unsigned_records.end()) {
    return store(put);
  }
  if (equal(mine->value, put.value)) {
    return renew(put, *mine);
  }
  return validators.select(put.key, put.value, mine->value) > 0 ? store(put) : keep(*mine);
}

PutDecision decide_owned(const Validators& validators, const IncomingPut& put, const store::Record& standing,
                         const wire::PeerId& owner) {
  const bool same = equal(standing.value, put.value);
  if (put.sender == owner) {
    return same && standing.sender == owner ? renew(put, standing) : store(put);
  }
  if (same) {
    return renew(put, standing);
  }
  if (standing.sender != owner && validators.select(put.key, put.value, standing.value) > 0) {
    return store(put);
  }
  return {Action::kAcknowledge, std::nullopt, put.value};
}

}  // namespace

PutDecision decide_put(const Validators& validators, const IncomingPut& put, const store::Records& standing) {
  switch (put.verdict.kind) {
    case Verdict::Kind::kInvalid:
      return {};
    case Verdict::Kind::kUnsigned:
      return decide_unsigned(validators, put, standing);
    case Verdict::Kind::kStale:
      return standing.authentic ? keep(*standing.authentic) : PutDecision{};
    case Verdict::Kind::kAuthentic:
      break;
  }
  if (!standing.authentic) {
    return store(put);
  }
  if (const auto owner = validators.owner_of(put.key)) {
    return decide_owned(validators, put, *standing.authentic, *owner);
  }
  if (equal(standing.authentic->value, put.value)) {
    return renew(put, *standing.authentic);
  }
  const bool is_better = validators.select(put.key, put.value, standing.authentic->value) > 0;
  return is_better && !mutated(Mutation::kOldRecordsWin) ? store(put) : keep(*standing.authentic);
}

}  // namespace pond::kad
