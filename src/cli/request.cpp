#include "request.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "pond/wire/multibase.hpp"

#include "dht_keys.hpp"

namespace pond::cli {
namespace {

constexpr std::int64_t kDefaultTimeout_ms = 30'000;
constexpr std::int64_t kMaxTimeout_ms = 3'600'000;

using What = decltype(Request::what);

std::string text_of(const Json& request, const char* name) {
  const auto found = request.find(name);
  return found != request.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

ProviderText provider_text(const Json& request) {
  const auto raw = request.find("raw");
  const bool is_raw = raw != request.end() && raw->is_boolean() && raw->get<bool>();
  return is_raw ? ProviderText::kRawBytes : ProviderText::kMeaning;
}

Duration timeout_of(const Json& request) {
  const auto found = request.find("timeoutMs");
  const std::int64_t ms =
      found != request.end() && found->is_number_integer() ? found->get<std::int64_t>() : kDefaultTimeout_ms;
  return std::chrono::milliseconds{std::clamp<std::int64_t>(ms, 1, kMaxTimeout_ms)};
}

Outcome<What> parse_lookup(const Json& request) {
  const auto address = crypto::EthAddress::parse(text_of(request, "address"));
  if (!address) {
    return usage("not an Ethereum address: " + std::string{address.error().what});
  }
  return Lookup{.address = *address};
}

/// A verb that is about a key and nothing else.
template <typename Verb>
Outcome<What> with_key(const std::string& text, Outcome<Bytes> key) {
  if (!key) {
    return std::unexpected(std::move(key).error());
  }
  return Verb{.text = text, .key = *std::move(key)};
}

Outcome<What> parse_put(const Json& request) {
  std::string text = text_of(request, "key");
  auto key = record_key(text);
  if (!key) {
    return std::unexpected(std::move(key).error());
  }
  auto value = wire::base64_decode(text_of(request, "valueBase64"));
  if (!value) {
    return usage("valueBase64 is not base64");
  }
  return Put{.text = std::move(text), .key = *std::move(key), .value = *std::move(value)};
}

Outcome<What> parse_find_peer(const Json& request) {
  std::string text = text_of(request, "peer");
  const auto id = wire::PeerId::parse(text);
  if (!id) {
    return usage("'" + text + "' is not a peer id");
  }
  return FindPeer{.text = std::move(text), .id = *id};
}

Outcome<What> parse_ping(const Json& request) {
  const std::string text = text_of(request, "peer");
  if (text.starts_with('/')) {
    const auto address = wire::Multiaddr::parse(text);
    if (!address) {
      return usage("'" + text + "' is not a multiaddr: " + std::string{address.error().what});
    }
    return Ping{.peer = *address};
  }
  const auto id = wire::PeerId::parse(text);
  if (!id) {
    return usage("'" + text + "' is neither a peer id nor a multiaddr");
  }
  return Ping{.peer = *id};
}

Outcome<What> parse_what(const Json& request) {
  const std::string verb = text_of(request, "verb");
  const std::string key = text_of(request, "key");
  if (verb == "lookup") {
    return parse_lookup(request);
  }
  if (verb == "get") {
    return with_key<Get>(key, record_key(key));
  }
  if (verb == "put") {
    return parse_put(request);
  }
  if (verb == "provide") {
    return with_key<Provide>(key, provider_key(key, provider_text(request)));
  }
  if (verb == "providers") {
    return with_key<Providers>(key, provider_key(key, provider_text(request)));
  }
  if (verb == "closest") {
    return with_key<Closest>(key, place_key(key));
  }
  if (verb == "find-peer") {
    return parse_find_peer(request);
  }
  if (verb == "ping") {
    return parse_ping(request);
  }
  if (verb == "records") {
    return Records{};
  }
  if (verb == "health") {
    return Health{};
  }
  if (verb == "status") {
    return Status{};
  }
  return usage("unknown verb '" + verb + "'");
}

}  // namespace

Outcome<Request> parse_request(const Json& request) {
  if (!request.is_object()) {
    return usage("a request is a JSON object");
  }
  auto what = parse_what(request);
  if (!what) {
    return std::unexpected(std::move(what).error());
  }
  return Request{.what = *std::move(what), .timeout = timeout_of(request)};
}

}  // namespace pond::cli
