#include "adversary.hpp"

namespace pond::sim {
namespace {

/// Takes connections and requests, and never answers one.
class Silent final : public Adversary {
 public:
  bool is_silent() const override { return true; }
  std::optional<Lie> answer(const Question&, AdversaryHost&) override { return std::nullopt; }
};

}  // namespace

std::unique_ptr<Adversary> make_silent() {
  return std::make_unique<Silent>();
}

}  // namespace pond::sim
