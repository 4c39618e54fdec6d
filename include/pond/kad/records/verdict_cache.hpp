#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>

#include "pond/base/bytes.hpp"
#include "pond/crypto/hash.hpp"

namespace pond::kad {

/// Remembers, for the values that were looked at last, whether their signature is genuine: the one thing about a value
/// that is expensive to find out and never changes. Least recently used goes first. At most `capacity` entries of each
/// verdict, about 150 octets an entry, allocated as they come. The two verdicts have separate room, so that a flood of
/// forgeries cannot wash out what is genuine. Not thread-safe.
class VerdictCache {
 public:
  struct Genuine {
    std::int64_t timestamp;
    std::int64_t expires;
    friend bool operator==(const Genuine&, const Genuine&) = default;
  };

  static constexpr std::size_t kDefaultCapacity = 4096;

  explicit VerdictCache(std::size_t capacity = kDefaultCapacity);
  VerdictCache(const VerdictCache&) = delete;
  VerdictCache& operator=(const VerdictCache&) = delete;
  ~VerdictCache() = default;

  /// Names a value under a key in a network. SHA-256, so that nobody finds two values with one name.
  [[nodiscard]] static crypto::Digest name(std::string_view network, BytesView key, BytesView value);

  /// What a genuine value said of its times; nullopt when it is not remembered as genuine.
  [[nodiscard]] std::optional<Genuine> genuine(const crypto::Digest& name);
  [[nodiscard]] bool is_forged(const crypto::Digest& name);

  void remember_genuine(const crypto::Digest& name, const Genuine& value);
  void remember_forged(const crypto::Digest& name);

  [[nodiscard]] std::size_t size() const noexcept { return genuine_.entries.size() + forged_.entries.size(); }

 private:
  /// A tree, because the names are chosen by strangers as far as a hash can be.
  struct Lru {
    struct Entry;
    using Entries = std::map<crypto::Digest, Entry>;
    struct Entry {
      Genuine value;
      std::list<Entries::iterator>::iterator place;
    };
    Entries entries;
    std::list<Entries::iterator> order;  ///< most recently used first

    [[nodiscard]] const Genuine* find(const crypto::Digest& name);
    void insert(const crypto::Digest& name, const Genuine& value, std::size_t capacity);
  };

  std::size_t capacity_;
  Lru genuine_;
  Lru forged_;
};

}  // namespace pond::kad
