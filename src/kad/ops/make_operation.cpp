#include <utility>

#include "operations.hpp"

namespace pond::kad {

std::unique_ptr<RunningOperation> make_operation(Context& context, Operation operation, Instant deadline) {
  struct Maker {
    Context& context;
    Instant deadline;
    std::unique_ptr<RunningOperation> operator()(GetValue& what) const {
      return make_get_value(context, std::move(what), deadline);
    }
    std::unique_ptr<RunningOperation> operator()(PutValue& what) const {
      return make_put_value(context, std::move(what), deadline);
    }
    std::unique_ptr<RunningOperation> operator()(Provide& what) const {
      return make_provide(context, std::move(what), deadline);
    }
    std::unique_ptr<RunningOperation> operator()(FindProviders& what) const {
      return make_find_providers(context, std::move(what), deadline);
    }
    std::unique_ptr<RunningOperation> operator()(const FindPeer& what) const {
      return make_find_peer(context, what.id, deadline);
    }
    std::unique_ptr<RunningOperation> operator()(GetClosest& what) const {
      return make_get_closest(context, std::move(what.key), deadline);
    }
  };
  return std::visit(Maker{context, deadline}, operation);
}

std::unique_ptr<RunningOperation> make_refresh(Context& context, Bytes preimage, Instant deadline) {
  return make_get_closest(context, std::move(preimage), deadline);
}

}  // namespace pond::kad
