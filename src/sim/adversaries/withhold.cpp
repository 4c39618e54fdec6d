#include "adversary.hpp"

namespace pond::sim {
namespace {

/// Routes as it should, says that it took what it was given, and never hands it out.
class Withhold final : public Adversary {
 public:
  bool runs_kad() const override { return true; }
  std::optional<Lie> answer(const Question& question, AdversaryHost&) override {
    Lie lie{.answer = *question.honest};
    if (question.request.type != wire::KadType::kPutValue) {
      lie.answer.record.reset();
      lie.answer.providers.clear();
    }
    return lie;
  }
};

}  // namespace

std::unique_ptr<Adversary> make_withhold() {
  return std::make_unique<Withhold>();
}

}  // namespace pond::sim
