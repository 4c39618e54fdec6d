#pragma once

#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/kad/records/verdict.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::kad {

/// The rules of one namespace. Not thread-safe: one may remember what it has seen.
class Validator {
 public:
  Validator() = default;
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;
  virtual ~Validator() = default;

  /// Judges a value whose length is within the namespace's bound. Must not throw, whatever the octets.
  [[nodiscard]] virtual Verdict validate(BytesView key, BytesView value, const ValidationContext& context) = 0;

  /// Which of two values that were found valid is the better: greater means `a`. Equal only for values that are as good
  /// as the same. A strict weak order, independent of the clock.
  [[nodiscard]] virtual std::weak_ordering select(BytesView key, BytesView a, BytesView b) const = 0;

  /// The peer whose PUT always replaces, and whose record nobody else's PUT replaces; nullopt in a namespace where the
  /// better record wins whoever brings it.
  [[nodiscard]] virtual std::optional<wire::PeerId> owner_of(BytesView key) const;
};

/// The namespace of `/namespace/rest`; nullopt for a key of another shape (no leading slash, empty namespace or rest).
[[nodiscard]] std::optional<std::string_view> namespace_of(BytesView key) noexcept;

/// Which namespaces a node knows: a setting. A key in any other is refused. Copies are the same set, and share what its
/// validators remember.
class Validators {
 public:
  /// None at all.
  Validators() = default;

  /// `/eth`, `/test` and `/pk`.
  [[nodiscard]] static Validators openpond();

  /// kInvalidArgument for an empty name, one with a slash or one that is there already, and for no validator.
  Result<void> add(std::string name, std::size_t max_value_bytes, std::unique_ptr<Validator> validator);

  /// What is said of a key that no validator is for: the Rejection's phrase, in answers, errors and the log.
  static constexpr std::string_view kUnknownNamespaceText = "unknown-namespace: no validator for the key";

  /// Whether there is a validator for the key's namespace.
  [[nodiscard]] bool knows(BytesView key) const noexcept { return find(key) != nullptr; }

  /// Of the key's namespace; 0 when that is unknown, so that nothing of it need be read.
  [[nodiscard]] std::size_t max_value_bytes(BytesView key) const noexcept;

  [[nodiscard]] Verdict validate(BytesView key, BytesView value, const ValidationContext& context);
  [[nodiscard]] std::weak_ordering select(BytesView key, BytesView a, BytesView b) const;
  [[nodiscard]] std::optional<wire::PeerId> owner_of(BytesView key) const;

 private:
  struct Entry {
    std::size_t max_value_bytes;
    std::unique_ptr<Validator> validator;
  };
  [[nodiscard]] const Entry* find(BytesView key) const noexcept;

  using Entries = std::map<std::string, Entry, std::less<>>;

  std::shared_ptr<Entries> entries_ = std::make_shared<Entries>();
};

}  // namespace pond::kad
