#include "adversary.hpp"

namespace pond::sim {

std::unique_ptr<Adversary> make_adversary(const AdversarySpec& spec) {
  switch (spec.kind) {
    case AdversarySpec::Kind::kRandomPeers:
      return make_random_peers();
    case AdversarySpec::Kind::kEclipse:
      return make_eclipse();
    case AdversarySpec::Kind::kSilent:
      return make_silent();
    case AdversarySpec::Kind::kSlow:
      return make_slow(spec.delay);
    case AdversarySpec::Kind::kWithhold:
      return make_withhold();
    case AdversarySpec::Kind::kForge:
      return make_forge();
    case AdversarySpec::Kind::kFlood:
      return make_flood();
  }
  return nullptr;
}

kad::Answer pretence(const wire::KadMessage& request) {
  kad::Answer answer{.type = request.type, .key = request.key, .record = {}, .providers = {}, .closer = {}};
  if (request.type == wire::KadType::kPutValue) {
    answer.record = request.record;
  }
  return answer;
}

}  // namespace pond::sim
