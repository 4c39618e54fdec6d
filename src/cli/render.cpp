#include "render.hpp"

#include <ctime>

#include <fmt/format.h>

namespace pond::cli {
namespace {

std::string time_text(std::int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) {
    return fmt::format("{} ms", ms);
  }
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string text(const Json& value) {
  return printable(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string render_lookup(const Json& d) {
  std::string out = fmt::format("{}\n  peer       {}\n  name       {}\n", text(d["address"]), text(d["peerId"]),
                                text(d["agentName"]));
  for (const Json& address : d["multiaddrs"]) {
    out += fmt::format("  address    {}\n", text(address));
  }
  out += fmt::format("  published  {}\n", time_text(d["timestamp"].get<std::int64_t>()));
  if (d["expires"].is_number()) {
    out += fmt::format("  expires    {}\n  network    {}\n", time_text(d["expires"].get<std::int64_t>()),
                       text(d["network"]));
  }
  out += d["verified"].get<bool>() ? "  signature  verified: signed by the address\n"
                                   : "  signature  NONE: anybody could have written this record\n";
  return out;
}

std::string render_get(const Json& d) {
  std::string out = d["value"].is_string() ? printable(d["value"].get<std::string>())
                                           : "base64:" + d["valueBase64"].get<std::string>();
  out += fmt::format("\n({}, from {} node{})\n", d["verified"].get<bool>() ? "verified" : "NOT verified",
                     d["holders"].size(), d["holders"].size() == 1 ? "" : "s");
  return out;
}

std::string render_stored(const Json& d) {
  std::string out = fmt::format("stored at {} node{}\n", d["stored"].size(), d["stored"].size() == 1 ? "" : "s");
  for (const Json& id : d["stored"]) {
    out += fmt::format("  {}\n", text(id));
  }
  for (const Json& failure : d["failed"]) {
    out += fmt::format("  {}  failed: {}\n", text(failure["id"]), text(failure["error"]));
  }
  return out;
}

std::string render_peers(const Json& d) {
  std::string out;
  for (const Json& peer : d["peers"]) {
    out += text(peer["id"]) + "\n";
    for (const Json& address : peer["addrs"]) {
      out += fmt::format("  {}\n", text(address));
    }
  }
  return out;
}

std::string render_ping(const Json& d) {
  std::string out;
  for (const Json& ms : d["rttMs"]) {
    out += fmt::format("{}  {} ms\n", text(d["peer"]), ms.get<double>());
  }
  return out;
}

std::string render_records(const Json& d) {
  if (d.empty()) {
    return "no agent is known yet\n";
  }
  std::string out;
  for (const auto& [address, agent] : d.items()) {
    out += fmt::format("{}  {}  {}\n", text(agent["agentId"]), text(agent["peerId"]), text(agent["agentName"]));
  }
  return out;
}

std::string render_health(const Json& d) {
  std::string out = d["ready"].get<bool>() ? "ready\n" : "not ready\n";
  out += fmt::format("  bootstrap connections  {}\n  readiness checks       {}\n", text(d["bootstrapConnections"]),
                     text(d["attempts"]));
  if (d["lastError"].is_string()) {
    out += fmt::format("  last failure           {}\n", text(d["lastError"]));
  }
  return out;
}

std::string render_status(const Json& d) {
  std::string out = fmt::format("{} {} on network {}\n", text(d["role"]), text(d["peerId"]), text(d["network"]));
  for (const Json& address : d["listening"]) {
    out += fmt::format("  listening    {}\n", text(address));
  }
  out += fmt::format(
      "  connections  {}\n  table        {}\n  records      {}\n  providers    {}\n  uptime       {} s\n",
      text(d["connections"]), text(d["table"]), text(d["records"]), text(d["providers"]), text(d["uptimeS"]));
  for (const auto& [name, value] : d["counters"].items()) {
    if (value.is_number() && value.get<std::uint64_t>() != 0) {
      out += fmt::format("  {}  {}\n", name, value.get<std::uint64_t>());
    }
  }
  return out;
}

}  // namespace

std::string printable(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(byte < 0x20 || byte == 0x7f ? '?' : c);
  }
  return out;
}

std::string render(std::string_view verb, const Json& document) {
  if (verb == "lookup") {
    return render_lookup(document);
  }
  if (verb == "get") {
    return render_get(document);
  }
  if (verb == "put" || verb == "provide") {
    return render_stored(document);
  }
  if (verb == "providers" || verb == "closest" || verb == "find-peer") {
    return render_peers(document);
  }
  if (verb == "ping") {
    return render_ping(document);
  }
  if (verb == "records") {
    return render_records(document);
  }
  if (verb == "health") {
    return render_health(document);
  }
  return render_status(document);
}

}  // namespace pond::cli
