#include "pond/swarm/dial.hpp"

#include <algorithm>
#include <utility>

namespace pond::swarm {
namespace {

constexpr std::string_view kDnsaddrPrefix = "dnsaddr=";

std::string name_to_ask(const wire::Multiaddr& source) {
  for (const wire::Multiaddr::Part& part : source.parts()) {
    const auto code = static_cast<wire::Protocol>(part.code);
    if (code == wire::Protocol::kDnsaddr) {
      return "_dnsaddr." + to_string(part.value);
    }
    if (code == wire::Protocol::kDns || code == wire::Protocol::kDns4 || code == wire::Protocol::kDns6) {
      return to_string(part.value);
    }
  }
  return {};
}

}  // namespace

Dial::Dial(const std::vector<wire::Multiaddr>& addresses, DialOptions options) : options_(std::move(options)) {
  for (const wire::Multiaddr& address : addresses) {
    add(address, 0);
  }
}

void Dial::add(const wire::Multiaddr& address, std::size_t depth) {
  const std::optional<wire::PeerId> named = address.peer_id();
  if (named && options_.expected_peer && *named != *options_.expected_peer) {
    return;
  }
  if (address.has(wire::Protocol::kDnsaddr)) {
    if (depth < options_.max_dnsaddr_depth) {
      add_query(address, NameKind::kTxt, depth);
    }
    return;
  }
  const std::optional<wire::TcpTarget> target = wire::tcp_target(address);
  if (!target) {
    return;
  }
  switch (target->kind) {
    case wire::TcpTarget::Host::kIp4:
    case wire::TcpTarget::Host::kIp6:
      add_candidate(address.without_peer_id(), {});
      break;
    case wire::TcpTarget::Host::kDns:
      add_query(address, NameKind::kA, depth);
      add_query(address, NameKind::kAaaa, depth);
      break;
    case wire::TcpTarget::Host::kDns4:
      add_query(address, NameKind::kA, depth);
      break;
    case wire::TcpTarget::Host::kDns6:
      add_query(address, NameKind::kAaaa, depth);
      break;
  }
}

void Dial::add_candidate(const wire::Multiaddr& address, const std::string& name) {
  if (options_.filter == AddressFilter::kGlobalOnly && wire::reach_of(address) != wire::Reach::kGlobal) {
    return;
  }
  const bool known = std::ranges::find(candidates_, address, &Candidate::address) != candidates_.end();
  if (addresses_ < options_.max_addresses && !known) {
    ++addresses_;
    candidates_.push_back({.address = address, .name = name, .security = 0});
  }
}

void Dial::add_query(const wire::Multiaddr& source, NameKind kind, std::size_t depth) {
  if (queries_.size() < options_.max_addresses) {
    queries_.push_back({.source = source, .kind = kind, .depth = depth});
  }
}

std::optional<Dial::Step> Dial::poll(Instant now) {
  bool resolving = false;
  for (std::size_t i = 0; i < queries_.size(); ++i) {
    Query& query = queries_[i];
    if (!query.sent) {
      query.sent = true;
      return Resolve{.query = i, .name = name_to_ask(query.source), .kind = query.kind};
    }
    resolving = resolving || !query.answered;
  }
  if (next_candidate_ < candidates_.size()) {
    if (next_attempt_at_ && *next_attempt_at_ > now) {
      return std::nullopt;
    }
    next_attempt_at_ = now + options_.stagger;
    ++attempts_running_;
    const Candidate& candidate = candidates_[next_candidate_];
    return Attempt{.number = next_candidate_++,
                   .address = candidate.address,
                   .name = candidate.name,
                   .security = options_.security[candidate.security]};
  }
  if (attempts_running_ == 0 && !resolving) {
    return Exhausted{last_error_};
  }
  return std::nullopt;
}

std::optional<Instant> Dial::next_deadline() const {
  return next_candidate_ < candidates_.size() ? next_attempt_at_ : std::nullopt;
}

void Dial::on_attempt_failed(std::size_t number, const Error& why) {
  if (attempts_running_ > 0) {
    --attempts_running_;
  }
  if (why.code == Errc::kUnsupported && number < next_candidate_ &&
      candidates_[number].security + 1 < options_.security.size()) {
    const Candidate& refused = candidates_[number];
    candidates_.insert(candidates_.begin() + static_cast<std::ptrdiff_t>(next_candidate_),
                       Candidate{.address = refused.address, .name = refused.name, .security = refused.security + 1});
  }
  last_error_ = why;
  next_attempt_at_.reset();
}

void Dial::on_resolved(std::size_t index, const Result<std::vector<std::string>>& answers) {
  if (index >= queries_.size() || queries_[index].answered) {
    return;
  }
  queries_[index].answered = true;
  if (!answers) {
    last_error_ = answers.error();
    return;
  }
  const Query query = queries_[index];  // `queries_` may grow below
  if (query.kind == NameKind::kTxt) {
    add_dnsaddr(query, *answers);
    return;
  }
  const std::optional<wire::TcpTarget> target = wire::tcp_target(query.source);
  for (const std::string& ip : *answers) {
    if (const auto address = wire::tcp_multiaddr(ip, target->port, target->transport)) {
      add_candidate(*address, target->host);
    }
  }
}

void Dial::add_dnsaddr(const Query& query, const std::vector<std::string>& texts) {
  const std::optional<wire::PeerId> wanted = query.source.peer_id();
  for (const std::string& text : texts) {
    if (!text.starts_with(kDnsaddrPrefix)) {
      continue;
    }
    const auto address = wire::Multiaddr::parse(std::string_view{text}.substr(kDnsaddrPrefix.size()));
    if (address && (!wanted || address->peer_id() == wanted)) {
      add(*address, query.depth + 1);
    }
  }
}

}  // namespace pond::swarm
