#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/keyed_hash.hpp"
#include "pond/wire/key.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::peers {

/// A peer that is interned in a PeerBook: 4 octets instead of an id, a key and its addresses. Good for as long as
/// somebody pins it; whoever keeps a handle beyond one call pins it.
enum class PeerHandle : std::uint32_t {};

/// How much an address is worth, worst first. A better source displaces a worse one when room is short.
enum class AddressSource : std::uint8_t {
  kHint,        ///< some peer's answer named it
  kIdentified,  ///< the peer itself said so, over its own connection
  kCertified,   ///< in a peer record that the peer signed
  kConfigured,  ///< the operator said so; never expires
};

struct PeerBookLimits {
  std::size_t max_peers = 10'000;
  std::size_t max_addresses_per_peer = 16;
  std::size_t max_address_octets = 256;  ///< longer addresses are dropped
  /// An answer names at most this many addresses of one peer (rust-libp2p accepts answers of 16 KiB).
  std::size_t max_addresses_in_answer = 4;
  Duration hint_ttl = 30min;
  Duration identified_ttl = 24h;  ///< go's ProviderAddrTTL, IPFS's recommendation for peer addresses
};

struct PeerBookCounters {
  std::uint64_t evicted = 0;            ///< unpinned peers forgotten for newer ones
  std::uint64_t refused = 0;            ///< peers not taken because all others are pinned
  std::uint64_t addresses_dropped = 0;  ///< addresses over the limit of one peer, or too long
};

/// Every peer that the node remembers, once. Shared by the swarm (whom to dial where) and by kad (a table entry is a
/// handle); the simulator shares one among all nodes. Forgets the peer that was least recently touched and that
/// nobody pins. Not thread-safe.
class PeerBook {
 public:
  /// `hash`: of the index by peer id. Strangers choose their ids and make as many as they like, so a node gives one
  /// with a secret key; the default is for tests and simulations.
  explicit PeerBook(PeerBookLimits limits = {}, const crypto::KeyedHash& hash = {});

  /// The peer's handle, remembering it if it is new. nullopt when the book is full of pinned peers, or for the empty
  /// id.
  [[nodiscard]] std::optional<PeerHandle> intern(const wire::PeerId& id);
  [[nodiscard]] std::optional<PeerHandle> find(const wire::PeerId& id) const;

  [[nodiscard]] const wire::PeerId& id(PeerHandle peer) const { return entry(peer).id; }
  [[nodiscard]] wire::Key key(PeerHandle peer) const { return keys_[static_cast<std::uint32_t>(peer)]; }

  /// Pins count: each pin wants its unpin. The last unpin makes the peer the most recently touched.
  void pin(PeerHandle peer);
  void unpin(PeerHandle peer);

  /// Adds or renews addresses; an address of a worse source never displaces one of a better, nor shortens its life. A
  /// trailing /p2p of this peer is cut off, an address of another peer is dropped.
  void add_addresses(PeerHandle peer, std::span<const wire::Multiaddr> addresses, AddressSource source, Instant now);

  /// What the peer now says of itself: its addresses from kIdentified and kCertified become exactly these.
  void set_addresses(PeerHandle peer, std::span<const wire::Multiaddr> addresses, AddressSource source, Instant now);

  /// From now on the peer keeps exactly its configured addresses: whatever anybody says of it is ignored.
  void fix_addresses(PeerHandle peer);

  /// A dial of that address succeeded or failed: the next `addresses` has it first or last.
  void note_dial(PeerHandle peer, const wire::Multiaddr& address, bool reached);

  /// Unexpired addresses, the most promising first.
  [[nodiscard]] std::vector<wire::Multiaddr> addresses(PeerHandle peer, Instant now) const;

  /// The wire form of the peer for an answer (a kad Peer submessage), made once and kept until its addresses change.
  /// Empty when no address is known. The view lives until the next change of this book.
  [[nodiscard]] BytesView encoded(PeerHandle peer, Instant now);

  [[nodiscard]] std::size_t size() const noexcept { return by_id_.size(); }
  [[nodiscard]] const PeerBookCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] const PeerBookLimits& limits() const noexcept { return limits_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;

  struct Address {
    wire::Multiaddr address;
    AddressSource source;
    enum class Dial : std::uint8_t { kReached, kUntried, kFailed } dial;
    Instant expires;
  };
  struct Entry {
    wire::PeerId id;
    // Neighbours in the list of unpinned peers, least recently touched first; meaningless while pinned.
    std::uint32_t older = kNone;
    std::uint32_t newer = kNone;
    bool fixed = false;                      // only configured addresses are taken
    Instant encoded_until = Instant::min();  // `encoded` is good before this
    std::vector<Address> addresses;          // the most promising first
    Bytes encoded;
  };

  struct IdHash {
    crypto::KeyedHash hash;
    std::size_t operator()(const wire::PeerId& id) const noexcept { return hash(id.bytes()); }
  };

  [[nodiscard]] Entry& entry(PeerHandle peer) { return entries_[static_cast<std::uint32_t>(peer)]; }
  [[nodiscard]] const Entry& entry(PeerHandle peer) const { return entries_[static_cast<std::uint32_t>(peer)]; }
  void link(std::uint32_t index);
  void unlink(std::uint32_t index);
  void touch(PeerHandle peer);
  [[nodiscard]] bool evict_one();
  void upsert(Entry& peer, const wire::Multiaddr& address, AddressSource source, Instant now);
  [[nodiscard]] bool make_room(Entry& peer, AddressSource source);
  [[nodiscard]] Instant expiry(AddressSource source, Instant now) const;

  PeerBookLimits limits_;
  PeerBookCounters counters_;
  // By handle. Keys and pins stand apart and close together: a lookup touches them by the hundred, and nothing else.
  std::deque<Entry> entries_;  // a deque, so that ids keep their place
  std::vector<wire::Key> keys_;
  std::vector<std::uint32_t> pins_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<wire::PeerId, std::uint32_t, IdHash> by_id_;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
};

/// A pin that undoes itself.
class Pinned {
 public:
  Pinned() = default;
  Pinned(PeerBook& book, PeerHandle peer) : book_(&book), peer_(peer) { book.pin(peer); }
  Pinned(Pinned&& other) noexcept : book_(std::exchange(other.book_, nullptr)), peer_(other.peer_) {}
  Pinned& operator=(Pinned&& other) noexcept {
    if (this != &other) {
      release();
      book_ = std::exchange(other.book_, nullptr);
      peer_ = other.peer_;
    }
    return *this;
  }
  ~Pinned() { release(); }

  [[nodiscard]] PeerHandle peer() const noexcept { return peer_; }

 private:
  void release() {
    if (book_ != nullptr) {
      book_->unpin(peer_);
    }
  }

  PeerBook* book_ = nullptr;
  PeerHandle peer_{};
};

}  // namespace pond::peers
