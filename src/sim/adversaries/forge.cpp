#include "adversary.hpp"

namespace pond::sim {
namespace {

/// Routes as it should, and answers for records with the oldest that ever was, or with one whose octets it has changed.
class Forge final : public Adversary {
 public:
  bool runs_kad() const override { return true; }
  std::optional<Lie> answer(const Question& question, AdversaryHost& host) override {
    Lie lie{.answer = *question.honest};
    if (question.request.type != wire::KadType::kGetValue) {
      return lie;
    }
    Bytes value = host.oldest_value(question.request.key);
    if (value.empty()) {
      return lie;
    }
    if (host.rng().below(2) == 0) {
      value[host.rng().below(value.size())] ^= 1;
    }
    lie.answer.record = wire::KadRecord{
        .key = question.request.key, .value = std::move(value), .time_received = wire::rfc3339(0)};
    return lie;
  }
};

}  // namespace

std::unique_ptr<Adversary> make_forge() {
  return std::make_unique<Forge>();
}

}  // namespace pond::sim
