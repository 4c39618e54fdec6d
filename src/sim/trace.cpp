#include "pond/sim/trace.hpp"

#include <algorithm>
#include <utility>

#include "numbers.hpp"
#include "text_table.hpp"

namespace pond::sim {

namespace {

/// One event is one line, whatever it tells.
std::string one_line(std::string_view text) {
  std::string out{text};
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return out;
}

}  // namespace

void Trace::keep(Event event) {
  if (events_.size() == max_events_) {
    ++left_out_;
    return;
  }
  events_.push_back(std::move(event));
}

void Trace::note(Instant at, std::string_view kind, std::uint32_t node, std::string_view text) {
  keep({at, node, std::nullopt, one_line(kind), one_line(text)});
}

void Trace::note(Instant at, std::string_view kind, std::uint32_t from, std::uint32_t to, std::string_view text) {
  keep({at, from, to, one_line(kind), one_line(text)});
}

std::string Trace::text() const {
  std::vector<const Event*> sorted;
  sorted.reserve(events_.size());
  for (const Event& event : events_) {
    sorted.push_back(&event);
  }
  std::ranges::stable_sort(sorted, {}, [](const Event* event) { return event->at; });
  std::string out;
  for (const Event* event : sorted) {
    // Microseconds: what is nearer to each other than that is in the order of the lines.
    out += padded_left(fixed(static_cast<double>((event->at - start_).count()) / 1e9, 6), 14) + " s ";
    out += padded_left(std::to_string(event->from), 7);
    out += padded_right(event->to ? " -> " + std::to_string(*event->to) : std::string{}, 12);
    out += padded_right(event->kind, 10) + "  " + event->text;
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  if (left_out_ > 0) {
    out += "and " + grouped(left_out_) + " more events, which were left out\n";
  }
  return out;
}

}  // namespace pond::sim
