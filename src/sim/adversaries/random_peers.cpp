#include "adversary.hpp"

namespace pond::sim {
namespace {

/// Sends lookups astray: twenty peers from anywhere, whatever was asked. Takes records and forgets them.
class RandomPeers final : public Adversary {
 public:
  std::optional<Lie> answer(const Question& question, AdversaryHost& host) override {
    Lie lie{.answer = pretence(question.request)};
    for (std::size_t i = 0; i < kad::kAnswerPeers; ++i) {
      static_cast<void>(lie.answer.closer.push_back(host.anybody()));
    }
    return lie;
  }
};

}  // namespace

std::unique_ptr<Adversary> make_random_peers() {
  return std::make_unique<RandomPeers>();
}

}  // namespace pond::sim
