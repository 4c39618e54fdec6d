#pragma once

#include <memory>
#include <string_view>

#include "operation.hpp"

namespace pond::kad {

// One maker for each kind of operation; the classes are private to their files.
[[nodiscard]] std::unique_ptr<RunningOperation> make_get_closest(Context& context, Bytes key, Instant deadline);
[[nodiscard]] std::unique_ptr<RunningOperation> make_find_peer(Context& context, const wire::PeerId& id,
                                                               Instant deadline);
[[nodiscard]] std::unique_ptr<RunningOperation> make_find_providers(Context& context, FindProviders what,
                                                                    Instant deadline);
[[nodiscard]] std::unique_ptr<RunningOperation> make_get_value(Context& context, GetValue what, Instant deadline);
[[nodiscard]] std::unique_ptr<RunningOperation> make_put_value(Context& context, PutValue what, Instant deadline);
[[nodiscard]] std::unique_ptr<RunningOperation> make_provide(Context& context, Provide what, Instant deadline);

/// A request that carries nothing but its key.
[[nodiscard]] RequestPtr request_for(wire::KadType type, Bytes key);

/// What an operation that found nothing ends with; `what` is the phrase of kNotFound.
[[nodiscard]] std::optional<Error> nothing_found(const OpResult& result, bool late, bool anybody_asked,
                                                 bool anybody_answered, std::string_view what);

inline constexpr std::size_t kMaxProviderKeyBytes = 80;  ///< go's bound

}  // namespace pond::kad
