#pragma once

#include "pond/kad/records/validator.hpp"
#include "pond/kad/records/verdict_cache.hpp"

namespace pond::kad {

/// `/eth`: eth_record.hpp. Checks, in this order: the key, whether the value is remembered, its form, network and
/// times, whether it is older than what stands (kStale), and only then the signature.
///
/// Without `accept_unsigned` an unsigned record is invalid. With it one is kUnsigned if it is about the key's address,
/// is not from the future and, in a PUT, comes from the peer that it names.
class EthValidator final : public Validator {
 public:
  struct Counters {
    std::uint64_t recoveries = 0;  ///< signatures that were checked the expensive way
    std::uint64_t remembered = 0;  ///< verdicts that the cache gave
  };

  explicit EthValidator(std::size_t remembered_values = VerdictCache::kDefaultCapacity) : cache_(remembered_values) {}

  [[nodiscard]] Verdict validate(BytesView key, BytesView value, const ValidationContext& context) override;

  /// The higher timestamp, then the higher `expires`, then the greater octets. Signed is better than unsigned.
  [[nodiscard]] std::weak_ordering select(BytesView key, BytesView a, BytesView b) const override;

  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

 private:
  VerdictCache cache_;
  Counters counters_;
};

/// `/test`: test_record.hpp. The newest timestamp wins, then the greater octets.
class TestValidator final : public Validator {
 public:
  [[nodiscard]] Verdict validate(BytesView key, BytesView value, const ValidationContext& context) override;
  [[nodiscard]] std::weak_ordering select(BytesView key, BytesView a, BytesView b) const override;
  [[nodiscard]] std::optional<wire::PeerId> owner_of(BytesView key) const override;
};

/// `/pk`: pk_record.hpp. All valid values of a key are the same.
class PkValidator final : public Validator {
 public:
  [[nodiscard]] Verdict validate(BytesView key, BytesView value, const ValidationContext& context) override;
  [[nodiscard]] std::weak_ordering select(BytesView key, BytesView a, BytesView b) const override;
};

}  // namespace pond::kad
