#pragma once

#include <cstdint>

namespace pond::kad {

/// Ways to break Kademlia on purpose, so that tests can show that the simulator's scenarios would notice. Only a
/// library that is built for those tests has them (POND_MUTATIONS); in any other, `mutated` is false when it is
/// compiled.
enum class Mutation : std::uint8_t {
  kNone,
  kUnsortedCandidates,  ///< a lookup asks whoever was named first, not whoever is nearest
  kUncheckedRecords,    ///< a reader takes any record for authentic
  kNoRefresh,           ///< tables are never refreshed
  kNoEviction,          ///< who does not answer stays in the table
  kHastyLookups,        ///< a lookup ends with the first answer
  kOldRecordsWin,       ///< a holder keeps what it has, however much newer what comes is
  kFewHolders,          ///< a record is put at one of the closest alone
};

#ifdef POND_MUTATIONS
extern Mutation active_mutation;
[[nodiscard]] inline bool mutated(Mutation mutation) {
  return active_mutation == mutation;
}
#else
[[nodiscard]] constexpr bool mutated(Mutation /*mutation*/) {
  return false;
}
#endif

}  // namespace pond::kad
