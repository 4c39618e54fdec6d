#include "mutation.hpp"

#ifdef POND_MUTATIONS
namespace pond::kad {

Mutation active_mutation = Mutation::kNone;

}  // namespace pond::kad
#endif
