#include "settings.hpp"

#include <charconv>
#include <cstdlib>
#include <map>
#include <string_view>

#include "pond/base/result.hpp"

namespace pond::interop {
namespace {

std::string variable(const char* name, std::string_view otherwise = {}) {
  const char* value = std::getenv(name);
  return std::string{value == nullptr || *value == '\0' ? otherwise : std::string_view{value}};
}

template <typename T>
Outcome<T> number(std::string_view text, const std::string& what) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::unexpected(what + " is no number");
  }
  return value;
}

template <typename T>
Outcome<T> one_of(const char* name, const std::map<std::string, T>& choices, std::string_view otherwise = {}) {
  const auto found = choices.find(variable(name, otherwise));
  if (found != choices.end()) {
    return found->second;
  }
  std::string names;
  for (const auto& [choice, value] : choices) {
    names += (names.empty() ? "" : ", ") + choice;
  }
  return std::unexpected(std::string{name} + " must be one of " + names);
}

Outcome<BoardSettings> board_settings() {
  const std::string address = variable("REDIS_ADDR");
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return std::unexpected("REDIS_ADDR must be host:port");
  }
  POND_TRY(const auto port, number<std::uint16_t>(std::string_view{address}.substr(colon + 1), "REDIS_ADDR's port"));
  BoardSettings settings{.host = address.substr(0, colon), .port = port, .test_key = variable("TEST_KEY")};
  if (settings.test_key.empty()) {
    return std::unexpected("TEST_KEY must be set");
  }
  return settings;
}

}  // namespace

Outcome<KadSettings> kad_settings() {
  KadSettings settings;
  POND_TRY(settings.board, board_settings());
  POND_TRY(settings.role, one_of<KadRole>("ROLE", {{"bootstrap", KadRole::kBootstrap},
                                                   {"provider", KadRole::kProvider},
                                                   {"querier", KadRole::kQuerier}}));
  POND_TRY(settings.profile,
           one_of<Profile>("PROFILE",
                           {{"unified", Profile::kUnified}, {"openpond", Profile::kOpenpond}, {"ipfs", Profile::kIpfs}},
                           "unified"));
  POND_TRY(settings.mode, one_of<ProviderMode>("MODE",
                                               {{"server", ProviderMode::kServer},
                                                {"client", ProviderMode::kClient},
                                                {"switch", ProviderMode::kSwitch}},
                                               "server"));
  POND_TRY(settings.extra_addresses, number<std::size_t>(variable("EXTRA_ADDRESSES", "0"), "EXTRA_ADDRESSES"));
  return settings;
}

Outcome<TransportSettings> transport_settings() {
  TransportSettings settings;
  POND_TRY(settings.board, board_settings());
  POND_TRY(settings.is_dialer, one_of<bool>("IS_DIALER", {{"true", true}, {"false", false}}));
  settings.transport = variable("TRANSPORT");
  settings.security = variable("SECURE_CHANNEL");
  settings.muxer = variable("MUXER");
  settings.listener_ip = variable("LISTENER_IP", "0.0.0.0");
  POND_TRY(const int seconds, number<int>(variable("TEST_TIMEOUT_SECS", "180"), "TEST_TIMEOUT_SECS"));
  settings.timeout = std::chrono::seconds{seconds};
  return settings;
}

}  // namespace pond::interop
