#include "pond/store/memory_store.hpp"

#include <type_traits>
#include <utility>

#include "provider_table.hpp"
#include "record_table.hpp"

namespace pond::store {

struct MemoryStore::Tables {
  Tables(const Limits& bounds, const wire::PeerId& own, const wire::Key& own_key)
      : limits(bounds), own_id(own), key(own_key) {}

  Limits limits;
  wire::PeerId own_id;
  wire::Key key;
  Counters counters;
  RecordTable records{limits, own_id, key, counters};
  ProviderTable providers{limits, key, counters};
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
    : tables_(std::make_unique<Tables>(limits, own, own_key)) {
}

MemoryStore::~MemoryStore() = default;

void MemoryStore::submit(RequestId id, Request request, WallTime now) {
  Tables& t = *tables_;
  Result<Outcome> outcome = std::visit(
      [&]<typename R>(R& r) -> Result<Outcome> {
        if constexpr (std::is_same_v<R, GetRecords>) {
          return Outcome{t.records.get(r.key, now)};
        } else if constexpr (std::is_same_v<R, PutRecord>) {
          return done(t.records.put(r.key, std::move(r.record), now));
        } else if constexpr (std::is_same_v<R, RemoveRecords>) {
          t.records.remove(r.key);
          return Outcome{Done{}};
        } else if constexpr (std::is_same_v<R, AddProvider>) {
          return done(t.providers.add(r.key, std::move(r.provider), now));
        } else {
          static_assert(std::is_same_v<R, GetProviders>);
          return Outcome{t.providers.get(r.key, now)};
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
  tables_->records.drop_expired(now, kMaxDropsPerSweep);
  tables_->providers.drop_expired(now, kMaxDropsPerSweep);
}

std::optional<WallTime> MemoryStore::next_expiry() const {
  const std::optional<WallTime> record = tables_->records.next_expiry();
  const std::optional<WallTime> provider = tables_->providers.next_expiry();
  return record && provider ? std::min(*record, *provider) : record ? record : provider;
}

const Counters& MemoryStore::counters() const noexcept {
  return tables_->counters;
}

}  // namespace pond::store
