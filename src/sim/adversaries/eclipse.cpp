#include "adversary.hpp"

namespace pond::sim {
namespace {

/// Keeps lookups among accomplices: names those of them that are nearest to the key, and nobody else. Takes records and
/// forgets them, so that a key whose nearest peers are all accomplices has no holder.
class Eclipse final : public Adversary {
 public:
  explicit Eclipse(bool seeks_tables) : seeks_tables_(seeks_tables) {}

  bool seeks_tables() const override { return seeks_tables_; }

  std::optional<Lie> answer(const Question& question, AdversaryHost& host) override {
    Lie lie{.answer = pretence(question.request)};
    for (const PeerHandle accomplice : host.accomplices(question.key, kad::kAnswerPeers)) {
      static_cast<void>(lie.answer.closer.push_back(accomplice));
    }
    return lie;
  }

 private:
  bool seeks_tables_;
};

}  // namespace

std::unique_ptr<Adversary> make_eclipse() {
  return std::make_unique<Eclipse>(false);
}

/// The same from the addresses of one range, and pushing into everybody's table.
std::unique_ptr<Adversary> make_flood() {
  return std::make_unique<Eclipse>(true);
}

}  // namespace pond::sim
