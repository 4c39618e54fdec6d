#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "pond/crypto/hash.hpp"
#include "pond/store/memory_store.hpp"

namespace pond::store::testing {

/// A peer id made from a number: the sha2-256 form, so that no key is needed.
inline wire::PeerId peer(std::uint64_t number) {
  Bytes raw{0x12, 0x20};
  append(raw, crypto::sha256(as_bytes("peer " + std::to_string(number))));
  return *wire::PeerId::from_bytes(raw);
}

inline const wire::PeerId kOwn = peer(0);
inline constexpr WallTime kNow{1'763'800'000'000};

inline wire::Multiaddr address(std::uint8_t last) {
  return *wire::Multiaddr::from_bytes(Bytes{4, 127, 0, 0, last, 6, 31, 64});
}

/// A memory store as a function: one request, its completion.
struct Harness {
  explicit Harness(const Limits& limits = {}) : store(limits, kOwn) {}

  Result<Outcome> run(Request request, WallTime now) {
    store.submit(++last_id, std::move(request), now);
    auto completion = store.poll();
    if (!completion || completion->id != last_id || store.poll()) {
      return fail(Errc::kInternal, "not exactly one completion with the request's id");
    }
    return std::move(completion->outcome);
  }

  Result<Outcome> put(std::string_view key, Record record, WallTime now = kNow) {
    return run(PutRecord{to_bytes(key), std::move(record)}, now);
  }
  Records get(std::string_view key, WallTime now = kNow) {
    return std::get<Records>(*run(GetRecords{to_bytes(key)}, now));
  }
  Result<Outcome> add(std::string_view key, Provider provider, WallTime now = kNow) {
    return run(AddProvider{to_bytes(key), std::move(provider)}, now);
  }
  std::vector<Provider> providers(std::string_view key, WallTime now = kNow) {
    return std::get<Providers>(*run(GetProviders{to_bytes(key)}, now)).providers;
  }
  const Counters& counters() const { return store.counters(); }

  MemoryStore store;
  RequestId last_id = 0;
};

inline Record record(std::string_view value, const wire::PeerId& sender, Duration stay = 1h, WallTime received = kNow) {
  return Record{.value = to_bytes(value), .sender = sender, .received = received, .expires = received + stay};
}

inline Record unsigned_record(std::string_view value, const wire::PeerId& sender, Duration stay = 1h,
                              WallTime received = kNow) {
  Record out = record(value, sender, stay, received);
  out.authentic = false;
  return out;
}

inline Provider provider(const wire::PeerId& id, Duration stay = 48h, WallTime now = kNow) {
  return Provider{.id = id, .addresses = {address(1)}, .addresses_expire = now + stay / 2, .expires = now + stay};
}

inline wire::Distance distance_from_own(std::string_view key) {
  return wire::Key::of(kOwn).distance_to(wire::Key::of(as_bytes(key)));
}

}  // namespace pond::store::testing
