#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::store {

/// A value record as it lies in the store. The store never judges a value: kad has validated and selected it.
struct Record {
  Bytes value;
  wire::PeerId sender;    ///< whose connection brought it; quotas count against it. Our own id for our own records
  WallTime received;      ///< our clock at receipt, served as timeReceived
  WallTime expires;       ///< gone from this moment on
  bool authentic = true;  ///< false for an unsigned record: kept apart from the one that is
  friend bool operator==(const Record&, const Record&) = default;
};

struct Provider {
  wire::PeerId id;
  std::vector<wire::Multiaddr> addresses;
  WallTime addresses_expire;
  WallTime expires;
  friend bool operator==(const Provider&, const Provider&) = default;
};

// Requests. Every request is answered by exactly one completion that carries the same id; completions come in any order
// between different keys, in the order of the requests for the same key.
struct GetRecords {
  Bytes key;
};
/// Replaces the record that stands under `key`; for one that is not authentic, the one of the same sender.
struct PutRecord {
  Bytes key;
  Record record;
};
struct RemoveRecords {
  Bytes key;
};
struct AddProvider {
  Bytes key;
  Provider provider;
};
struct GetProviders {
  Bytes key;
};
using Request = std::variant<GetRecords, PutRecord, RemoveRecords, AddProvider, GetProviders>;

// Completions.
struct Records {
  std::optional<Record> authentic;
  std::vector<Record> unsigned_records;  ///< newest first
};
struct Providers {
  std::vector<Provider> providers;  ///< those whose expiry has not passed; addresses left out once they expired
};
struct Done {};
using Outcome = std::variant<Records, Providers, Done>;

using RequestId = std::uint64_t;

struct Completion {
  RequestId id;
  Result<Outcome>
      outcome;  ///< kLimit: a quota or the capacity bit; kInternal: the medium failed (full disk, I/O error)
};

struct Limits {
  std::size_t max_records = 100'000;
  std::size_t max_record_bytes = 128U << 20;       ///< keys, values and bookkeeping
  double max_share_of_one_sender = 0.05;           ///< of both bounds above; our own records are exempt
  std::size_t max_test_records_of_one_sender = 4;  ///< records under /test/
  std::size_t max_unsigned_records_of_one_key = 4;
  std::size_t max_unsigned_records_of_one_sender = 1;
  std::size_t max_providers_of_one_key = 256;
  std::size_t max_provider_keys_of_one_peer = 10'000;
  std::size_t max_provider_records = 1'000'000;
  std::size_t max_provider_bytes = 256U << 20;     ///< addresses and bookkeeping
  std::size_t max_addresses_of_one_provider = 16;  ///< more are cut off
};

struct Counters {
  std::uint64_t records = 0;           ///< now held
  std::uint64_t record_bytes = 0;      ///< now held
  std::uint64_t provider_records = 0;  ///< now held
  std::uint64_t provider_keys = 0;     ///< now held
  std::uint64_t expired = 0;
  std::uint64_t evicted = 0;  ///< unexpired, pushed out by the capacity
  std::uint64_t refused_by_quota = 0;

  std::uint64_t provider_bytes = 0;  ///< now held

  // How often each bound bit. A refusal counts here and in refused_by_quota, a displacement here and in evicted.
  std::uint64_t refused_sender_share = 0;
  std::uint64_t refused_test_records = 0;
  std::uint64_t refused_records_full = 0;  ///< full of what is nearer to the node's own id
  std::uint64_t refused_provider_keys = 0;
  std::uint64_t refused_providers_of_key = 0;
  std::uint64_t refused_providers_full = 0;
  std::uint64_t displaced_unsigned_of_key = 0;
  std::uint64_t displaced_unsigned_of_sender = 0;
  std::uint64_t displaced_providers_of_key = 0;
  std::uint64_t provider_addresses_cut = 0;
};

/// Where records and providers live. Asynchronous by contract: `submit` never blocks and never calls back; the owner
/// polls for completions. The memory store completes at the next `poll`, the RocksDB store when its thread has done so.
/// Both are driven by one thread.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  virtual void submit(RequestId id, Request request, WallTime now) = 0;
  [[nodiscard]] virtual std::optional<Completion> poll() = 0;

  /// Drops what has expired, a bounded amount of work at a call; the owner calls it at most once a second, when something has
  /// expired.
  virtual void sweep(WallTime now) = 0;

  /// When the first thing that is held expires; nullopt while nothing is held that `sweep` would have to drop.
  [[nodiscard]] virtual std::optional<WallTime> next_expiry() const = 0;

  [[nodiscard]] virtual const Counters& counters() const noexcept = 0;
};

}  // namespace pond::store
