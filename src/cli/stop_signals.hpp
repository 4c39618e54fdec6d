#pragma once

#include <cstdint>

namespace pond::cli {

// SIGINT and SIGTERM, from the beginning of the program until a node takes them over.

/// They wait until one of the functions below is called. The first thing in main: what they do depends on the verb.
void hold_stop_signals();

/// The program runs a node. Until that listens to them, either of them ends it at once with exit 0, as it ends a node
/// in order later: there is nothing to undo yet.
void stop_node_at_once();

enum class LastWords : std::uint8_t { kText, kJson };
/// The program carries out one verb. SIGTERM ends it with exit 1, and it says so where its errors go. SIGINT ends it as
/// it ends any program: the shell wants to see that, to end a loop around it.
void stop_verb_at_once(LastWords last_words);

}  // namespace pond::cli
