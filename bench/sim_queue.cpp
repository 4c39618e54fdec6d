// What the simulator's event queue costs beside a heap: pushes and pops a second with N events pending.
//   pond_bench_sim_queue [pending...]

#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "pond/base/rng.hpp"
#include "pond/sim/event_queue.hpp"

namespace {

using namespace pond;

struct Event {
  std::uint32_t node;
  std::uint32_t kind;
  std::uint64_t payload;
};

/// What there was to beat: a heap of four children a node, which needs a number at each event to be stable.
class FourHeap {
 public:
  void push(Instant at, const Event& event) {
    items_.push_back({at, next_++, event});
    std::size_t i = items_.size() - 1;
    const Item item = items_[i];
    for (; i > 0 && before(item, items_[(i - 1) / 4]); i = (i - 1) / 4) {
      items_[i] = items_[(i - 1) / 4];
    }
    items_[i] = item;
  }
  std::pair<Instant, Event> pop() {
    const Item top = items_.front();
    const Item item = items_.back();
    items_.pop_back();
    const std::size_t n = items_.size();
    std::size_t i = 0;
    for (std::size_t first = 1; first < n; first = i * 4 + 1) {
      std::size_t best = first;
      for (std::size_t child = first + 1; child < first + 4 && child < n; ++child) {
        best = before(items_[child], items_[best]) ? child : best;
      }
      if (!before(items_[best], item)) {
        break;
      }
      items_[i] = items_[best];
      i = best;
    }
    if (n > 0) {
      items_[i] = item;
    }
    return {top.at, top.event};
  }

 private:
  struct Item {
    Instant at;
    std::uint64_t sequence;
    Event event;
  };
  static bool before(const Item& a, const Item& b) { return a.at != b.at ? a.at < b.at : a.sequence < b.sequence; }
  std::vector<Item> items_;
  std::uint64_t next_ = 0;
};

/// Delays of a simulated DHT: four of five a message's, the others a timer's.
std::vector<Duration> delays() {
  SeededRng rng{1};
  std::vector<Duration> all(1 << 16);
  for (Duration& delay : all) {
    const bool message = rng.below(5) != 0;
    delay = message ? Duration{10'000'000 + static_cast<std::int64_t>(rng.below(200'000'000))}
                    : Duration{1'000'000'000 + static_cast<std::int64_t>(rng.below(600'000'000'000))};
  }
  return all;
}

template <typename Queue>
double measure(std::size_t pending, std::uint64_t& sum) {
  const std::vector<Duration> some = delays();
  Queue queue;
  std::size_t next = 0;
  for (std::size_t i = 0; i < pending; ++i) {
    queue.push(Instant{} + some[next++ % some.size()], {static_cast<std::uint32_t>(i), 0, i});
  }
  // What is pending becomes mostly timers when messages turn over so much faster; before that is measured nothing.
  const auto turn = [&](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      const auto [at, event] = queue.pop();
      sum = sum * 31 + event.node;
      queue.push(at + some[next++ % some.size()], event);
    }
  };
  turn(2 * pending);
  const std::size_t times = 10'000'000;
  const std::clock_t begin = std::clock();  // of this process: others may be busy beside it
  turn(times);
  const double took_s = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return static_cast<double>(times) / took_s;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::size_t> sizes;
  for (int i = 1; i < argc; ++i) {
    std::size_t size = 0;
    if (std::from_chars(argv[i], argv[i] + std::strlen(argv[i]), size).ec == std::errc{} && size > 0) {
      sizes.push_back(size);
    }
  }
  if (sizes.empty()) {
    sizes = {1'000, 100'000, 1'000'000, 10'000'000};
  }
  std::printf("%12s %22s %22s\n", "pending", "wheel, million/s", "4-ary heap, million/s");
  for (const std::size_t size : sizes) {
    std::uint64_t of_wheel = 0;
    std::uint64_t of_heap = 0;
    const double wheel = measure<sim::EventQueue<Event>>(size, of_wheel);
    const double heap = measure<FourHeap>(size, of_heap);
    std::printf("%12zu %22.1f %22.1f%s\n", size, wheel / 1e6, heap / 1e6,
                of_wheel == of_heap ? "" : "  orders differ!");
    std::fflush(stdout);
  }
  return 0;
}
