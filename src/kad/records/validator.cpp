#include "pond/kad/records/validator.hpp"

#include <utility>

#include "pond/kad/records/eth_record.hpp"
#include "pond/kad/records/openpond_validators.hpp"
#include "pond/kad/records/pk_record.hpp"
#include "pond/kad/records/test_record.hpp"

namespace pond::kad {

std::optional<wire::PeerId> Validator::owner_of(BytesView) const {
  return std::nullopt;
}

std::optional<std::string_view> namespace_of(BytesView key) noexcept {
  const std::string_view text = as_text(key);
  if (!text.starts_with('/')) {
    return std::nullopt;
  }
  const std::size_t end = text.find('/', 1);
  if (end == std::string_view::npos || end == 1 || end + 1 == text.size()) {
    return std::nullopt;
  }
  return text.substr(1, end - 1);
}

Validators Validators::openpond() {
  Validators out;
  out.entries_->emplace("eth", Entry{kMaxEthValueBytes, std::make_unique<EthValidator>()});
  out.entries_->emplace("test", Entry{kMaxTestValueBytes, std::make_unique<TestValidator>()});
  out.entries_->emplace("pk", Entry{kMaxPkValueBytes, std::make_unique<PkValidator>()});
  return out;
}

Result<void> Validators::add(std::string name, std::size_t max_value_bytes, std::unique_ptr<Validator> validator) {
  if (name.empty() || name.find('/') != std::string::npos || validator == nullptr || entries_->contains(name)) {
    return fail(Errc::kInvalidArgument, "not a new namespace with a validator");
  }
  entries_->emplace(std::move(name), Entry{max_value_bytes, std::move(validator)});
  return {};
}

const Validators::Entry* Validators::find(BytesView key) const noexcept {
  const auto name = namespace_of(key);
  const auto entry = name ? entries_->find(*name) : entries_->end();
  return entry != entries_->end() ? &entry->second : nullptr;
}

std::size_t Validators::max_value_bytes(BytesView key) const noexcept {
  const Entry* entry = find(key);
  return entry != nullptr ? entry->max_value_bytes : 0;
}

Verdict Validators::validate(BytesView key, BytesView value, const ValidationContext& context) {
  const Entry* entry = find(key);
  if (entry == nullptr) {
    return {.rejection = Rejection{RejectReason::kUnknownNamespace, kUnknownNamespaceText}};
  }
  if (value.size() > entry->max_value_bytes) {
    return {.rejection = Rejection{RejectReason::kTooLarge, "the value is longer than its namespace allows"}};
  }
  return entry->validator->validate(key, value, context);
}

std::weak_ordering Validators::select(BytesView key, BytesView a, BytesView b) const {
  const Entry* entry = find(key);
  return entry != nullptr ? entry->validator->select(key, a, b) : std::weak_ordering::equivalent;
}

std::optional<wire::PeerId> Validators::owner_of(BytesView key) const {
  const Entry* entry = find(key);
  return entry != nullptr ? entry->validator->owner_of(key) : std::nullopt;
}

}  // namespace pond::kad
