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
  // By time, then in the order in which they were noted. (clang objects to what libstdc++ 12's stable_sort calls.)
  std::vector<std::pair<Instant, std::size_t>> order;
  order.reserve(events_.size());
  for (const Event& event : events_) {
    order.emplace_back(event.at, order.size());
  }
  std::ranges::sort(order);
  std::string out;
  for (const auto& [at, index] : order) {
    const Event* event = &events_[index];
    // Microseconds: what is nearer to each other than that is in the order of the lines.
    out += padded_left(fixed(static_cast<double>((at - start_).count()) / 1e9, 6), 14) + " s ";
    out += padded_left(std::to_string(event->from), 7);
    out += padded_right(event->to ? " -> " + std::to_string(*event->to) : std::string{}, 13);
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
