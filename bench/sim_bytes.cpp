// What whole nodes cost the simulator: time and memory of N of them that join, keep their presence up and look things
// up.
//   pond_bench_sim_bytes [nodes] [virtual seconds] [finds a second]

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "pond/sim/byte_world.hpp"

namespace {

using namespace pond;

std::size_t number(int argc, char** argv, int place, std::size_t otherwise) {
  std::size_t value = 0;
  const bool given =
      argc > place && std::from_chars(argv[place], argv[place] + std::strlen(argv[place]), value).ec == std::errc{};
  return given ? value : otherwise;
}

sim::Scenario scenario(std::size_t nodes, std::size_t seconds, double finds_per_second) {
  sim::Scenario made;
  made.name = "bench";
  made.depth = sim::Depth::kBytes;
  const std::size_t servers = nodes / 5;
  made.groups = {{.name = "bootstrap", .role = sim::GroupSpec::Role::kBootstrap, .count = 4},
                 {.name = "servers", .role = sim::GroupSpec::Role::kServer, .count = servers, .join_over = 20s},
                 {.name = "agents",
                  .role = sim::GroupSpec::Role::kAgent,
                  .count = nodes - servers - 4,
                  .join_at = 20s,
                  .join_over = 60s}};
  made.phases = {
      {.name = "joining", .length = 2min, .loads = {{.kind = sim::LoadSpec::Kind::kUpkeep, .group = "agents"}}},
      {.name = "steady",
       .length = std::chrono::seconds{seconds},
       .loads = {{.kind = sim::LoadSpec::Kind::kUpkeep, .group = "agents"},
                 {.kind = sim::LoadSpec::Kind::kFind, .group = "agents", .per_second = finds_per_second}}}};
  return made;
}

double resident_mib() {
  double pages = 0;
  if (std::FILE* statm = std::fopen("/proc/self/statm", "r")) {
    double all = 0;
    if (std::fscanf(statm, "%lf %lf", &all, &pages) != 2) {
      pages = 0;
    }
    std::fclose(statm);
  }
  return pages * 4096 / (1024 * 1024);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t nodes = std::max<std::size_t>(number(argc, argv, 1, 300), 10);
  const sim::Scenario bench =
      scenario(nodes, number(argc, argv, 2, 120), static_cast<double>(number(argc, argv, 3, 2)));
  sim::Recorder recorder{bench};
  const double before_mib = resident_mib();
  sim::ByteWorld world{bench, recorder};
  std::printf("%10s %8s %10s %10s %12s %12s %10s %12s %10s\n", "virtual s", "CPU s", "events", "events/s", "handshakes",
              "handshakes/s", "open", "MiB arrived", "KiB/node");
  const std::clock_t begin = std::clock();
  std::clock_t last_clock = begin;
  std::uint64_t last_events = 0;
  std::uint64_t last_connected = 0;
  Duration next_line = 30s;
  for (bool goes_on = true; goes_on;) {
    goes_on = world.advance(500);
    if (world.elapsed() < next_line && goes_on) {
      continue;
    }
    next_line += 30s;
    const sim::ByteWorldCounters counters = world.counters();
    const double took_s = std::max(static_cast<double>(std::clock() - last_clock) / CLOCKS_PER_SEC, 1e-6);
    last_clock = std::clock();
    std::printf(
        "%10.0f %8.1f %10llu %10.0f %12llu %12.0f %10zu %12.1f %10.0f\n",
        std::chrono::duration<double>(world.elapsed()).count(),
        static_cast<double>(last_clock - begin) / CLOCKS_PER_SEC, static_cast<unsigned long long>(world.events()),
        static_cast<double>(world.events() - last_events) / took_s, static_cast<unsigned long long>(counters.connected),
        static_cast<double>(counters.connected - last_connected) / took_s, counters.connections,
        static_cast<double>(counters.octets) / (1024 * 1024),
        (resident_mib() - before_mib) * 1024 / static_cast<double>(nodes));
    std::fflush(stdout);
    last_events = world.events();
    last_connected = counters.connected;
  }
  for (const std::string& violation : world.violations()) {
    std::printf("violation: %s\n", violation.c_str());
  }
  for (const auto& [name, value] : recorder.figures()) {
    std::printf("%-32s %g\n", name.c_str(), value);
  }
  std::printf("event hash %016llx\n", static_cast<unsigned long long>(world.event_hash()));
  return 0;
}
