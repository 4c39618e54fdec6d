#include "adversary.hpp"

namespace pond::sim {
namespace {

/// Answers as it should, and late.
class Slow final : public Adversary {
 public:
  explicit Slow(Duration delay) : delay_(delay) {}

  bool runs_kad() const override { return true; }
  std::optional<Lie> answer(const Question& question, AdversaryHost&) override {
    return Lie{.answer = *question.honest, .delay = delay_};
  }

 private:
  Duration delay_;
};

}  // namespace

std::unique_ptr<Adversary> make_slow(Duration delay) {
  return std::make_unique<Slow>(delay);
}

}  // namespace pond::sim
