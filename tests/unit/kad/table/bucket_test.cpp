#include "pond/kad/table/bucket.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pond/base/rng.hpp"

namespace pond::kad {
namespace {

using peers::PeerHandle;

constexpr Instant kEpoch{};

TEST(CoarseTime, IsFlooredToTheSecond) {
  EXPECT_EQ(CoarseTime{kEpoch + 5s}.instant(), kEpoch + 5s);
  EXPECT_EQ(CoarseTime{kEpoch + 5s + 999ms}.instant(), kEpoch + 5s);
}

TEST(CoarseTime, BeforeTheClockBeganIsItsBeginning) {
  EXPECT_EQ(CoarseTime{kEpoch - 1ns}.instant(), kEpoch);
  EXPECT_EQ(CoarseTime{Instant::min()}.instant(), kEpoch);
}

TEST(CoarseTime, GoesUpTo28BitsOfSeconds) {
  constexpr std::uint32_t kMost = (1U << 28) - 1;
  EXPECT_EQ(CoarseTime{kEpoch + std::chrono::seconds{kMost}}.seconds(), kMost);
  EXPECT_EQ(CoarseTime{kEpoch + std::chrono::seconds{kMost + 1}}.seconds(), kMost);
  EXPECT_EQ(CoarseTime{Instant::max()}.seconds(), kMost);
  EXPECT_GE(CoarseTime{Instant::max()}.instant(), kEpoch + 24h * 365 * 8);
}

TEST(CoarseTime, IsOrdered) {
  EXPECT_LT(CoarseTime{kEpoch + 1s}, CoarseTime{kEpoch + 2s});
  EXPECT_EQ(CoarseTime{kEpoch + 1s}, CoarseTime{kEpoch + 1s + 1ms});
}

TEST(TableEntry, HoldsWhatItWasMadeOf) {
  const TableEntry entry{0xdeadbeef, PeerHandle{0xffffffff}, kEpoch + 77s};
  EXPECT_EQ(entry.key_word(), 0xdeadbeefU);
  EXPECT_EQ(entry.peer(), PeerHandle{0xffffffff});
  EXPECT_EQ(entry.answered().instant(), kEpoch + 77s);
  EXPECT_EQ(entry.failures(), 0U);
}

TEST(TableEntry, CountsFailuresUpTo15AndKeepsTheTimeOfItsAnswer) {
  for (const Instant answered : {kEpoch, kEpoch + 77s, Instant::max()}) {
    TableEntry entry{1, PeerHandle{2}, answered};
    const CoarseTime before = entry.answered();
    for (unsigned failures = 1; failures <= 40; ++failures) {
      entry.note_failure();
      EXPECT_EQ(entry.failures(), std::min(failures, 15U));
      EXPECT_EQ(entry.answered(), before);
    }
  }
}

TEST(TableEntry, AnAnswerForgivesFailures) {
  TableEntry entry{1, PeerHandle{2}, kEpoch};
  entry.note_failure();
  entry.note_answer(kEpoch + 9s);
  EXPECT_EQ(entry.failures(), 0U);
  EXPECT_EQ(entry.answered().instant(), kEpoch + 9s);
}

/// The buckets, spelled out.
class Model {
 public:
  struct Entry {
    std::uint32_t key_word;
    PeerHandle peer;
    CoarseTime answered;
    unsigned failures;
  };

  std::vector<std::vector<Entry>> buckets;
  std::vector<CoarseTime> due;
  std::map<unsigned, PeerHandle> newcomers;

  void make(unsigned bucket, Instant now) {
    while (buckets.size() <= bucket) {
      buckets.emplace_back();
      due.emplace_back(now);
    }
  }
  void insert(unsigned bucket, const Entry& entry) {
    auto& entries = buckets[bucket];
    const auto behind = [&](const Entry& each) { return each.key_word > entry.key_word; };
    entries.insert(std::ranges::find_if(entries, behind), entry);
  }
  [[nodiscard]] std::size_t size() const {
    std::size_t all = 0;
    for (const auto& bucket : buckets) {
      all += bucket.size();
    }
    return all;
  }
};

void compare(const Buckets& buckets, const Model& model) {
  RC_ASSERT(buckets.count() == model.buckets.size());
  RC_ASSERT(buckets.size() == model.size());
  RC_ASSERT(buckets.all().size() == model.size());
  RC_ASSERT(buckets.contests().size() == model.newcomers.size());
  std::vector<PeerHandle> row;
  for (unsigned i = 0; i < buckets.count(); ++i) {
    const auto same = [](const TableEntry& a, const Model::Entry& b) {
      return a.key_word() == b.key_word && a.peer() == b.peer && a.answered() == b.answered &&
             a.failures() == b.failures;
    };
    RC_ASSERT(std::ranges::equal(buckets[i], model.buckets[i], same));
    RC_ASSERT(buckets.refresh_due(i) == model.due[i].instant());
    const Buckets::Contest* contest = buckets.contest(i);
    const auto newcomer = model.newcomers.find(i);
    RC_ASSERT((contest != nullptr) == (newcomer != model.newcomers.end()));
    RC_ASSERT((contest == nullptr || contest->newcomer == newcomer->second));
    for (const TableEntry& entry : buckets[i]) {
      RC_ASSERT(buckets.find(i, entry.key_word(), entry.peer()) == &entry);
      row.push_back(entry.peer());
    }
    RC_ASSERT(buckets.find(i, 3, PeerHandle{0xffffffff}) == nullptr);
    if (!model.buckets[i].empty()) {
      const TableEntry& weakest = buckets.weakest(i);
      for (const Model::Entry& other : model.buckets[i]) {
        RC_ASSERT(std::pair(15U - weakest.failures(), weakest.answered()) <=
                  std::pair(15U - other.failures, other.answered));
      }
    }
  }
  RC_ASSERT(std::ranges::equal(buckets.all(), row, {}, &TableEntry::peer));
}

RC_GTEST_PROP(Buckets, AreListsOfEntriesByKey, (std::uint64_t seed)) {
  SeededRng rng{seed};
  Buckets buckets;
  Model model;
  for (std::uint32_t step = 0; step < 300; ++step) {
    const Instant now = kEpoch + std::chrono::seconds{step / 3};
    const auto bucket = static_cast<unsigned>(rng.below(rng.below(3) == 0 ? 12 : 4));
    const std::uint64_t action = rng.below(10);
    const bool filled = bucket < model.buckets.size() && !model.buckets[bucket].empty();
    const std::size_t place = filled ? rng.below(model.buckets[bucket].size()) : 0;
    if (action < 5) {
      buckets.make(bucket, now);
      model.make(bucket, now);
      // Few key words, so that some are the same.
      const TableEntry entry{static_cast<std::uint32_t>(rng.below(8)), PeerHandle{step}, now};
      buckets.insert(bucket, entry);
      model.insert(bucket, {entry.key_word(), entry.peer(), CoarseTime{now}, 0});
    } else if (action == 5 && filled) {
      buckets.erase(bucket, &buckets[bucket][place]);
      model.buckets[bucket].erase(model.buckets[bucket].begin() + static_cast<std::ptrdiff_t>(place));
    } else if (action == 6 && filled) {
      buckets.answered(&buckets[bucket][place], now);
      model.buckets[bucket][place].answered = CoarseTime{now};
      model.buckets[bucket][place].failures = 0;
    } else if (action == 7 && filled) {
      unsigned& failures = model.buckets[bucket][place].failures;
      failures = std::min(failures + 1, 15U);
      RC_ASSERT(buckets.failed(&buckets[bucket][place]) == failures);
    } else if (action == 8 && filled) {
      if (model.newcomers.erase(bucket) == 1) {
        buckets.end_contest(bucket);
      } else {
        buckets.set_contest({bucket, PeerHandle{step}, buckets[bucket][place].peer(), CoarseTime{now}});
        model.newcomers.emplace(bucket, PeerHandle{step});
      }
    } else if (action == 9 && bucket < model.buckets.size()) {
      buckets.set_refresh_due(bucket, now + 10min);
      model.due[bucket] = CoarseTime{now + 10min};
    }
    compare(buckets, model);
  }
}

}  // namespace
}  // namespace pond::kad
