#pragma once

#include <functional>

#include "sim_verbs.hpp"

namespace CLI {
class App;
}

namespace pond::cli {

using SimVerb = Outcome<ExitCode> (*)(const SimFlags&, bool json);

/// How `pond sim` is spelled. `chosen` is called while the command line is parsed, with the verb that it names.
void add_sim_verbs(CLI::App& app, SimFlags& flags, const std::function<void(SimVerb)>& chosen);

}  // namespace pond::cli
