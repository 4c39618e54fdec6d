#pragma once

namespace pond {

/// One visitor out of several lambdas, for std::visit: a variant's alternatives side by side, and a missing one does
/// not compile.
template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace pond
