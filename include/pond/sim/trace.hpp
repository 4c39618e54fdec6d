#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/time.hpp"

namespace pond::sim {

/// What happened for one operation, to be read by people: one line for each event, in the order of virtual time.
/// Whoever runs the operation says which events are its own.
///
///     1.204318 s      17 -> 4211   request     GET_VALUE, 3rd of 20
///     1.291774 s    4211           answer      lost on the way
class Trace {
 public:
  /// A trace ends after so many events; what more there was is counted.
  static constexpr std::size_t kMaxEvents = 1'000'000;

  explicit Trace(Instant start, std::size_t max_events = kMaxEvents) : start_(start), max_events_(max_events) {}

  /// `kind` is one of a few short words. Events may be noted ahead of their time; those of one instant stay in order.
  void note(Instant at, std::string_view kind, std::uint32_t node, std::string_view text);
  void note(Instant at, std::string_view kind, std::uint32_t from, std::uint32_t to, std::string_view text);

  [[nodiscard]] std::size_t events() const noexcept { return events_.size(); }
  [[nodiscard]] std::size_t left_out() const noexcept { return left_out_; }
  [[nodiscard]] std::string text() const;

 private:
  struct Event {
    Instant at;
    std::uint32_t from;
    std::optional<std::uint32_t> to;
    std::string kind;
    std::string text;
  };
  void keep(Event event);

  Instant start_;
  std::size_t max_events_;
  std::vector<Event> events_;
  std::size_t left_out_ = 0;
};

}  // namespace pond::sim
