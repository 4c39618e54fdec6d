#include "pond/kad/records/verdict_cache.hpp"

namespace pond::kad {

VerdictCache::VerdictCache(std::size_t capacity) : capacity_(capacity) {
}

crypto::Digest VerdictCache::name(std::string_view network, BytesView key, BytesView value) {
  // A network's name holds no zero octet and neither do the keys that are cached, so the parts cannot be cut otherwise.
  Bytes prefix;
  prefix.reserve(network.size() + key.size() + 2);
  append(prefix, as_bytes(network));
  prefix.push_back(0);
  append(prefix, key);
  prefix.push_back(0);
  return crypto::sha256(prefix, value);
}

const VerdictCache::Genuine* VerdictCache::Lru::find(const crypto::Digest& name) {
  const auto entry = entries.find(name);
  if (entry == entries.end()) {
    return nullptr;
  }
  order.splice(order.begin(), order, entry->second.place);
  return &entry->second.value;
}

void VerdictCache::Lru::insert(const crypto::Digest& name, const Genuine& value, std::size_t capacity) {
  if (capacity == 0 || find(name) != nullptr) {
    return;
  }
  if (entries.size() == capacity) {
    entries.erase(order.back());
    order.pop_back();
  }
  const auto entry = entries.emplace(name, Entry{value, {}}).first;
  order.push_front(entry);
  entry->second.place = order.begin();
}

std::optional<VerdictCache::Genuine> VerdictCache::genuine(const crypto::Digest& name) {
  const Genuine* found = genuine_.find(name);
  return found != nullptr ? std::optional{*found} : std::nullopt;
}

bool VerdictCache::is_forged(const crypto::Digest& name) {
  return forged_.find(name) != nullptr;
}

void VerdictCache::remember_genuine(const crypto::Digest& name, const Genuine& value) {
  genuine_.insert(name, value, capacity_);
}

void VerdictCache::remember_forged(const crypto::Digest& name) {
  forged_.insert(name, {0, 0}, capacity_);
}

}  // namespace pond::kad
