#include "scenario/parts.hpp"

namespace pond::sim {
namespace {

void read_latency(TableReader& reader, LatencySpec& latency) {
  constexpr std::array<Choice<LatencySpec::Kind>, 2> kKinds{
      {{"world", LatencySpec::Kind::kWorld}, {"uniform", LatencySpec::Kind::kUniform}}};
  reader.choice("kind", latency.kind, kKinds);
  reader.duration("round_trip_min", latency.round_trip_min, Zero::kRefused);
  reader.duration("round_trip_max", latency.round_trip_max, Zero::kRefused);
  reader.share("jitter", latency.jitter);
  for (const std::string_view key : {"round_trip_min", "round_trip_max"}) {
    reader.only(key, latency.kind == LatencySpec::Kind::kUniform, "kind = \"uniform\"");
  }
  if (latency.round_trip_min > latency.round_trip_max) {
    reader.fail("round_trip_min", "'round_trip_min' is more than 'round_trip_max'");
  }
}

}  // namespace

void read_network(TableReader& top, Scenario& scenario) {
  static constexpr std::array<std::string_view, 9> kKeys{"latency",      "loss",          "duplication",
                                                         "reordering",   "reorder_delay", "dial_round_trips",
                                                         "dial_timeout", "idle_close",    "megabits_per_s"};
  static constexpr std::array<std::string_view, 4> kLatencyKeys{"kind", "round_trip_min", "round_trip_max", "jitter"};
  auto reader = top.table("network", "the network", kKeys);
  if (!reader) {
    return;
  }
  NetworkSpec& network = scenario.network;
  if (auto latency = reader->table("latency", "a latency", kLatencyKeys)) {
    read_latency(*latency, network.latency);
  }
  reader->share("loss", network.loss);
  reader->share("duplication", network.duplication);
  reader->share("reordering", network.reordering);
  reader->duration("reorder_delay", network.reorder_delay, Zero::kRefused);
  reader->count("dial_round_trips", network.dial_round_trips, 0, 100);
  reader->duration("dial_timeout", network.dial_timeout, Zero::kRefused);
  reader->duration("idle_close", network.idle_close, Zero::kRefused);
  reader->number("megabits_per_s", network.megabits_per_s, Zero::kRefused);
  for (const std::string_view key : {"duplication", "reordering", "reorder_delay", "dial_round_trips"}) {
    reader->only(key, scenario.depth == Depth::kMessages, "depth = \"messages\"");
  }
  reader->only("megabits_per_s", scenario.depth == Depth::kBytes, "depth = \"bytes\"");
}

}  // namespace pond::sim
