#include "pond/store/memory_store.hpp"

#include <type_traits>
#include <utility>

#include "provider_table.hpp"
#include "record_table.hpp"

namespace pond::store {

struct MemoryStore::Tables {
  Tables(const Limits& limits, const wire::PeerId& own, const wire::Key& own_key)
      : records(limits, own, own_key, counters), providers(limits, own_key, counters) {}

  Counters counters;
  RecordTable records;
  ProviderTable providers;
};

namespace {

Result<Outcome> done(Result<void> result) {
  if (!result) {
    return std::unexpected(result.error());
  }
  return Outcome{Done{}};
}

}  // namespace

MemoryStore::MemoryStore(const Limits& limits, const wire::PeerId& own) : MemoryStore(limits, own, wire::Key::of(own)) {
}

MemoryStore::MemoryStore(const Limits& limits, const wire::PeerId& own, const wire::Key& own_key)
    : limits_(limits), own_(own), own_key_(own_key) {
}

MemoryStore::~MemoryStore() = default;

MemoryStore::Tables& MemoryStore::tables() {
  if (!tables_) {
    tables_ = std::make_unique<Tables>(limits_, own_, own_key_);
  }
  return *tables_;
}

void MemoryStore::submit(RequestId id, Request request, WallTime now) {
  Result<Outcome> outcome = std::visit(
      [&]<typename R>(R& r) -> Result<Outcome> {
        if constexpr (std::is_same_v<R, GetRecords>) {
          return Outcome{tables_ ? tables_->records.get(r.key, now) : Records{}};
        } else if constexpr (std::is_same_v<R, PutRecord>) {
          POND_TRY(std::vector<wire::Key> evicted, tables().records.put(r.key, std::move(r.record), now));
          return Outcome{Done{.evicted = std::move(evicted)}};
        } else if constexpr (std::is_same_v<R, RemoveRecords>) {
          tables().records.remove(r.key);
          return Outcome{Done{}};
        } else if constexpr (std::is_same_v<R, AddProvider>) {
          return done(tables().providers.add(r.key, std::move(r.provider), now));
        } else {
          static_assert(std::is_same_v<R, GetProviders>);
          return Outcome{tables_ ? tables_->providers.get(r.key, now) : Providers{}};
        }
      },
      request);
  completed_.push_back({id, std::move(outcome)});
}

std::optional<Completion> MemoryStore::poll() {
  if (completed_.empty()) {
    return std::nullopt;
  }
  return completed_.pop();
}

void MemoryStore::sweep(WallTime now) {
  if (!tables_) {
    return;
  }
  tables_->records.drop_expired(now, kMaxDropsPerSweep);
  tables_->providers.drop_expired(now, kMaxDropsPerSweep);
}

std::optional<WallTime> MemoryStore::next_expiry() const {
  if (!tables_) {
    return std::nullopt;
  }
  const std::optional<WallTime> record = tables_->records.next_expiry();
  const std::optional<WallTime> provider = tables_->providers.next_expiry();
  return record && provider ? std::min(*record, *provider) : record ? record : provider;
}

const Counters& MemoryStore::counters() const noexcept {
  static const Counters kNothing;
  return tables_ ? tables_->counters : kNothing;
}

}  // namespace pond::store
