#include <algorithm>

#include "swarm_impl.hpp"

namespace pond::swarm {

DialId Swarm::Impl::dial(std::optional<PeerHandle> peer, const std::vector<wire::Multiaddr>& addresses,
                         AddressFilter filter, Instant deadline, Instant now) {
  const DialId id{next_dial++};
  if (peer && reachable(*peer)) {
    out.emplace_back(DialDone{.dial = id, .peer = *peer});
    return id;
  }
  if (peer && book.id(*peer) == identity.peer_id()) {
    out.emplace_back(DialDone{.dial = id, .peer = fail(Errc::kInvalidArgument, "that peer is this node")});
    return id;
  }
  if (const auto running = peer ? jobs_by_peer.find(*peer) : jobs_by_peer.end(); running != jobs_by_peer.end()) {
    DialJob& job = jobs.at(running->second);
    job.waiters.emplace_back(id, deadline);
    jobs_by_dial.emplace(id, job.id);
    schedule(job);
    return id;
  }
  if (jobs.size() >= config.limits.max_queued_dials) {
    return refuse_dial(id, {Errc::kLimit, "too many dials at once"});
  }
  const DialJobId job_id{next_job++};
  const auto [found, added] =
      jobs.emplace(job_id, DialJob{.id = job_id,
                                   .dial = Dial{addresses,
                                                {.expected_peer = peer ? std::optional{book.id(*peer)} : std::nullopt,
                                                 .filter = filter,
                                                 .security = config.security,
                                                 .stagger = config.limits.dial_stagger,
                                                 .max_addresses = config.limits.max_dial_addresses,
                                                 .max_dnsaddr_depth = config.limits.max_dnsaddr_depth}},
                                   .peer = peer});
  DialJob& job = found->second;
  job.waiters.emplace_back(id, deadline);
  jobs_by_dial.emplace(id, job_id);
  if (peer) {
    job.pin.emplace(book, *peer);
    jobs_by_peer.emplace(*peer, job_id);
  }
  pump(job_id, now);
  return id;
}

/// Whether a connection to the peer takes new streams: one that either side has said go-away on does not.
bool Swarm::Impl::reachable(PeerHandle handle) const {
  const auto peer = peers.find(handle);
  return peer != peers.end() && !find(preferred(peer->second))->leaving;
}

DialId Swarm::Impl::refuse_dial(DialId id, const Error& why) {
  ++counters.dials_refused;
  out.emplace_back(DialDone{.dial = id, .peer = std::unexpected(why)});
  return id;
}

void Swarm::Impl::cancel_dial(DialId dial, Instant now) {
  const auto found = jobs_by_dial.find(dial);
  if (found == jobs_by_dial.end()) {
    return;
  }
  const DialJobId id = found->second;
  jobs_by_dial.erase(found);
  DialJob& job = jobs.at(id);
  std::erase_if(job.waiters, [&](const auto& waiter) { return waiter.first == dial; });
  if (job.waiters.empty()) {
    finish_job(id, fail(Errc::kCancelled, "nobody waits for the dial"), now);
  }
}

/// Lets the dial take every step that it can take now.
void Swarm::Impl::pump(DialJobId id, Instant now) {
  for (;;) {
    const auto found = jobs.find(id);
    if (found == jobs.end()) {
      return;
    }
    DialJob& job = found->second;
    if (attempts_running >= config.limits.max_parallel_dials) {
      if (!job.queued) {
        job.queued = true;
        dial_queue.push_back(id);
      }
      schedule(job);
      return;
    }
    const std::optional<Dial::Step> step = job.dial.poll(now);
    if (!step) {
      schedule(job);
      return;
    }
    if (const auto* resolve = std::get_if<Dial::Resolve>(&*step)) {
      const QueryId query{next_query++};
      queries.emplace(query, std::pair{id, resolve->query});
      out.emplace_back(Resolve{.query = query, .name = resolve->name, .kind = resolve->kind});
    } else if (const auto* attempt = std::get_if<Dial::Attempt>(&*step)) {
      start_attempt(job, *attempt, now);
    } else {
      ++counters.dial_failures;
      finish_job(id, std::unexpected(std::get<Dial::Exhausted>(*step).why), now);
      return;
    }
  }
}

void Swarm::Impl::start_attempt(DialJob& job, const Dial::Attempt& attempt, Instant now) {
  ++counters.dialed;
  ++attempts_running;
  ConnectionOptions options{.direction = Direction::kOutbound, .security = attempt.security};
  if (job.peer) {
    options.expected_peer = book.id(*job.peer);
  }
  Conn& conn = add_conn(std::move(options), attempt.address, now);
  conn.job = job.id;
  conn.attempt = attempt.number;
  job.attempts.insert(conn.id);
  out.emplace_back(OpenSocket{.conn = conn.id, .address = attempt.address, .name = attempt.name});
}

void Swarm::Impl::on_dial_result(ConnId id, const Result<wire::Multiaddr>& local, Instant now) {
  Conn* conn = find(id);
  if (conn == nullptr) {
    return;
  }
  if (!local) {
    forget(id, local.error(), now);
    return;
  }
  conn->socket_open = true;
  after_use(*conn, now);
}

void Swarm::Impl::on_resolved(QueryId id, const Result<std::vector<std::string>>& answers, Instant now) {
  const auto found = queries.find(id);
  if (found == queries.end()) {
    return;
  }
  const auto [job, query] = found->second;
  queries.erase(found);
  if (const auto running = jobs.find(job); running != jobs.end()) {
    running->second.dial.on_resolved(query, answers);
    pump(job, now);
  }
}

/// An outbound connection ended before it was established.
void Swarm::Impl::attempt_ended(DialJobId id, const Conn& conn, const Error& why, Instant now) {
  --attempts_running;
  if (const auto found = jobs.find(id); found != jobs.end()) {
    DialJob& job = found->second;
    job.attempts.erase(conn.id);
    if (job.peer && fault_of(why.code) != Fault::kOurs) {
      book.note_dial(*job.peer, conn.remote, false);
    }
    job.dial.on_attempt_failed(conn.attempt, why);
    pump(id, now);
  }
  pump_queue(now);
}

void Swarm::Impl::pump_queue(Instant now) {
  while (!dial_queue.empty() && attempts_running < config.limits.max_parallel_dials) {
    const DialJobId id = dial_queue.front();
    dial_queue.pop_front();
    if (const auto found = jobs.find(id); found != jobs.end()) {
      found->second.queued = false;
      pump(id, now);
    }
  }
}

void Swarm::Impl::finish_job(DialJobId id, const Result<PeerHandle>& result, Instant now) {
  const auto found = jobs.find(id);
  if (found == jobs.end()) {
    return;
  }
  DialJob job = std::move(found->second);
  jobs.erase(found);
  if (job.timer) {
    job_timers.erase({*job.timer, id});
  }
  if (job.peer) {
    jobs_by_peer.erase(*job.peer);
  }
  for (const auto& [dial, deadline] : job.waiters) {
    jobs_by_dial.erase(dial);
    out.emplace_back(DialDone{.dial = dial, .peer = result});
  }
  for (const ConnId attempt : job.attempts) {
    close(attempt, {Errc::kCancelled, "another address answered first"}, now);
  }
}

void Swarm::Impl::schedule(DialJob& job) {
  std::optional<Instant> when = job.queued ? std::nullopt : job.dial.next_deadline();
  for (const auto& [dial, deadline] : job.waiters) {
    when = when ? std::min(*when, deadline) : deadline;
  }
  if (job.timer == when) {
    return;
  }
  if (job.timer) {
    job_timers.erase({*job.timer, job.id});
  }
  job.timer = when;
  if (when) {
    job_timers.emplace(*when, job.id);
  }
}

void Swarm::Impl::on_job_timer(DialJobId id, Instant now) {
  DialJob& job = jobs.at(id);
  job.timer.reset();
  const Error late{Errc::kTimeout, "no connection before the deadline"};
  std::erase_if(job.waiters, [&](const auto& waiter) {
    if (waiter.second > now) {
      return false;
    }
    jobs_by_dial.erase(waiter.first);
    out.emplace_back(DialDone{.dial = waiter.first, .peer = std::unexpected(late)});
    return true;
  });
  if (job.waiters.empty()) {
    ++counters.dial_failures;
    finish_job(id, std::unexpected(late), now);
    return;
  }
  pump(id, now);
}

}  // namespace pond::swarm
