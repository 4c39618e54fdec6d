#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "unit/store/fixture.hpp"

namespace pond::store::testing {

/// The rules of the memory store in the plainest form: lists, searched from end to end. It knows no counters and drops
/// what has expired at once.
class ReferenceStore {
 public:
  /// `record_cost`: what a record costs beyond its key and value.
  ReferenceStore(const Limits& limits, std::size_t record_cost) : limits_(limits), record_cost_(record_cost) {}

  bool put(const std::string& key, const Record& record, WallTime now) {
    drop_expired(now);
    Held newcomer{key, record, serial_++, key.size() + record.value.size() + record_cost_};
    std::vector<Held> next = records_;
    displace_for(newcomer, next);
    if (record.sender != kOwn && over_quota(newcomer, next)) {
      return false;
    }
    next.push_back(newcomer);
    while (next.size() > limits_.max_records || bytes(next) > limits_.max_record_bytes) {
      const auto victim = std::max_element(next.begin(), next.end(), goes_later);
      if (distance_from_own(victim->key) <= distance_from_own(key)) {
        return false;
      }
      next.erase(victim);
    }
    records_ = std::move(next);
    return true;
  }

  Records get(const std::string& key, WallTime now) {
    drop_expired(now);
    Records out;
    for (auto held = records_.rbegin(); held != records_.rend(); ++held) {
      if (held->key != key) {
        continue;
      }
      if (held->record.authentic) {
        out.authentic = held->record;
      } else {
        out.unsigned_records.push_back(held->record);
      }
    }
    return out;
  }

  void remove(const std::string& key) {
    std::erase_if(records_, [&](const Held& held) { return held.key == key; });
  }

  std::size_t size(WallTime now) {
    drop_expired(now);
    return records_.size();
  }

 private:
  struct Held {
    std::string key;
    Record record;
    std::uint64_t serial;
    std::size_t cost;
  };

  /// For max_element: the one that has to go first is the greatest.
  static bool goes_later(const Held& a, const Held& b) {
    if (a.key != b.key) {
      return distance_from_own(a.key) < distance_from_own(b.key);
    }
    if (a.record.authentic != b.record.authentic) {
      return a.record.authentic;
    }
    return a.serial > b.serial;
  }

  void displace_for(const Held& newcomer, std::vector<Held>& records) const {
    const auto same_kind = [&](const Held& held) { return held.record.authentic == newcomer.record.authentic; };
    const std::size_t renewed = std::erase_if(records, [&](const Held& held) {
      return same_kind(held) && held.key == newcomer.key &&
             (held.record.authentic || held.record.sender == newcomer.record.sender);
    });
    if (newcomer.record.authentic || renewed > 0) {
      return;
    }
    const auto drop_oldest = [&](std::size_t most, auto matches) {
      const auto match = [&](const Held& held) { return !held.record.authentic && matches(held); };
      if (static_cast<std::size_t>(std::count_if(records.begin(), records.end(), match)) >= most) {
        records.erase(std::find_if(records.begin(), records.end(), match));
      }
    };
    drop_oldest(limits_.max_unsigned_records_of_one_key, [&](const Held& held) { return held.key == newcomer.key; });
    if (newcomer.record.sender != kOwn) {
      drop_oldest(limits_.max_unsigned_records_of_one_sender,
                  [&](const Held& held) { return held.record.sender == newcomer.record.sender; });
    }
  }

  bool over_quota(const Held& newcomer, const std::vector<Held>& records) const {
    const auto is_test = [](const Held& held) { return held.key.starts_with("/test/"); };
    std::size_t count = 1;
    std::size_t total = newcomer.cost;
    std::size_t tests = is_test(newcomer) ? 1U : 0U;
    for (const Held& held : records) {
      if (held.record.sender == newcomer.record.sender) {
        count += 1;
        total += held.cost;
        tests += is_test(held) ? 1U : 0U;
      }
    }
    const double share = limits_.max_share_of_one_sender;
    return (is_test(newcomer) && tests > limits_.max_test_records_of_one_sender) ||
           static_cast<double>(count) > share * static_cast<double>(limits_.max_records) ||
           static_cast<double>(total) > share * static_cast<double>(limits_.max_record_bytes);
  }

  static std::size_t bytes(const std::vector<Held>& records) {
    std::size_t total = 0;
    for (const Held& held : records) {
      total += held.cost;
    }
    return total;
  }

  void drop_expired(WallTime now) {
    std::erase_if(records_, [&](const Held& held) { return held.record.expires <= now; });
  }

  Limits limits_;
  std::size_t record_cost_;
  std::uint64_t serial_ = 0;
  std::vector<Held> records_;  // in the order of arrival
};

/// The same for providers, without the bound on bytes.
class ReferenceProviders {
 public:
  explicit ReferenceProviders(const Limits& limits) : limits_(limits) {}

  bool add(const std::string& key, const Provider& provider, WallTime now) {
    drop_expired(now);
    const auto same = [&](const Held& held) { return held.key == key && held.provider.id == provider.id; };
    const bool known = std::any_of(held_.begin(), held_.end(), same);
    if (!known && count([&](const Held& held) { return held.provider.id == provider.id; }) >=
                      limits_.max_provider_keys_of_one_peer) {
      return false;
    }
    std::vector<Held> next = held_;
    std::erase_if(next, same);
    next.push_back({key, provider});
    const auto of_key = [&](const Held& held) { return held.key == key; };
    if (static_cast<std::size_t>(std::count_if(next.begin(), next.end(), of_key)) > limits_.max_providers_of_one_key) {
      const auto farthest = std::max_element(next.begin(), next.end(), [&](const Held& a, const Held& b) {
        return of_key(a) != of_key(b) ? of_key(b) : distance(a) < distance(b);
      });
      if (same(*farthest)) {
        return false;
      }
      next.erase(farthest);
    }
    if (next.size() > limits_.max_provider_records) {
      const auto victim = std::max_element(next.begin(), next.end(), [&](const Held& a, const Held& b) {
        return a.key != b.key ? distance_from_own(a.key) < distance_from_own(b.key) : distance(a) < distance(b);
      });
      if (victim->key == key) {
        return false;
      }
      next.erase(victim);
    }
    held_ = std::move(next);
    for (Held& held : held_) {
      if (held.provider.id == provider.id) {
        held.provider.addresses = provider.addresses;
        held.provider.addresses_expire = provider.addresses_expire;
      }
    }
    return true;
  }

  std::vector<Provider> get(const std::string& key, WallTime now) {
    drop_expired(now);
    std::vector<Held> found;
    std::copy_if(held_.begin(), held_.end(), std::back_inserter(found), [&](const Held& h) { return h.key == key; });
    std::sort(found.begin(), found.end(), [](const Held& a, const Held& b) { return distance(a) < distance(b); });
    std::vector<Provider> out;
    for (Held& held : found) {
      if (held.provider.addresses_expire <= now) {
        held.provider.addresses.clear();
      }
      out.push_back(held.provider);
    }
    return out;
  }

 private:
  struct Held {
    std::string key;
    Provider provider;
  };

  static wire::Distance distance(const Held& held) {
    return wire::Key::of(as_bytes(held.key)).distance_to(wire::Key::of(held.provider.id));
  }

  template <typename Match>
  std::size_t count(Match match) const {
    return static_cast<std::size_t>(std::count_if(held_.begin(), held_.end(), match));
  }

  void drop_expired(WallTime now) {
    std::erase_if(held_, [&](const Held& held) { return held.provider.expires <= now; });
  }

  Limits limits_;
  std::vector<Held> held_;
};

}  // namespace pond::store::testing
