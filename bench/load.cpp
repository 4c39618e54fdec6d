// What a request costs a DHT server, measured from outside: its CPU time by /proc, while this program is its client.
//
//   pond_load [--table N] [--idle N] NAME COMMAND... [-- NAME COMMAND...]...
//
// Each server is started, its routing table filled with N identities, and each kind of request sent until it has cost a
// second and a half of CPU or 20,000 have been answered. Prints one row a request kind, one column a server.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include "pond/crypto/ethereum.hpp"
#include "pond/kad/records/eth_record.hpp"
#include "pond/wire/kad_message.hpp"
#include "pond/wire/multihash.hpp"

#include "host.hpp"
#include "server_process.hpp"
#include "support/framed.hpp"

namespace pond::bench {
namespace {

using test::framed;

constexpr Duration kEnoughCpu = 1500ms;
constexpr std::size_t kMostRequests = 20'000;
constexpr std::size_t kRound = 40;      ///< requests between two looks at the clock
constexpr std::size_t kRecords = 2000;  ///< signed ones for each measurement: a PUT of the same record again is cheaper
constexpr std::size_t kConnections = 200;

struct Options {
  std::size_t table = 200;
  std::size_t idle = 1000;
};

struct Row {
  std::string what;
  std::vector<std::string> cells;
};

double us(Duration d) {
  return std::chrono::duration<double, std::micro>(d).count();
}

std::string cell(double value, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, value < 100 ? "%.1f %s" : "%.0f %s", value, unit);
  return text;
}

Duration own_cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::chrono::seconds{usage.ru_utime.tv_sec + usage.ru_stime.tv_sec} +
         std::chrono::microseconds{usage.ru_utime.tv_usec + usage.ru_stime.tv_usec};
}

/// Requests of one kind, each different.
class Requests {
 public:
  Requests(wire::KadType type, const wire::PeerId& sender, Rng& rng) {
    const bool about_records = type == wire::KadType::kGetValue || type == wire::KadType::kPutValue;
    const auto records = about_records ? signed_records(rng) : std::vector<std::pair<Bytes, Bytes>>{};
    for (std::size_t i = 0; i < kRecords; ++i) {
      wire::KadMessage message;
      message.type = type;
      Bytes raw(32);
      rng.fill(raw);
      message.key = wire::encode_multihash(wire::MultihashCode::kSha2_256, raw);
      if (about_records) {
        message.key = records[i].first;
      }
      if (type == wire::KadType::kPutValue) {
        message.record = wire::KadRecord{.key = message.key, .value = records[i].second, .time_received = {}};
      }
      if (type == wire::KadType::kAddProvider) {
        message.provider_peers.push_back({.id = sender, .addresses = {*wire::tcp_multiaddr("127.0.0.2", 1)}});
      }
      frames_.push_back(framed(message));
    }
  }

  [[nodiscard]] BytesView next() { return frames_[next_++ % frames_.size()]; }

 private:
  static std::vector<std::pair<Bytes, Bytes>> signed_records(Rng& rng) {
    std::vector<std::pair<Bytes, Bytes>> records;
    const WallTime now = net::wall_anchor().wall(net::monotonic_now());
    auto identity = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng);
    const wire::PeerId peer = wire::PeerId::from_public_key(identity->public_key());
    for (std::size_t i = 0; i < kRecords; ++i) {
      const crypto::EthKey key = crypto::EthKey::generate(rng);
      auto value = kad::sign_eth_record({.network = "local",
                                         .peer_id = peer,
                                         .timestamp = now.ms,
                                         .expires = now.ms + 86'400'000,
                                         .agent_name = "bench",
                                         .multiaddrs = {*wire::tcp_multiaddr("127.0.0.1", 8000)}},
                                        key);
      records.emplace_back(kad::eth_key(key.address()), *std::move(value));
    }
    return records;
  }

  std::vector<Bytes> frames_;
  std::size_t next_ = 0;
};

enum class Streams { kLong, kNew };

struct Load {
  wire::KadType type;
  Streams streams;
  std::size_t in_flight;  ///< long streams with one request each, or new streams at once
};

struct Measured {
  Duration cpu{};
  Duration wall{};
  std::size_t requests = 0;
};

/// Sends `count` requests, at most kInFlight at once, and waits for their answers. ADD_PROVIDER has none: a PING behind
/// it on the same stream tells that it has been read.
bool round(Loop& loop, Host& client, Requests& requests, const Load& load, std::size_t count,
           std::vector<swarm::StreamRef>& open) {
  static const Bytes ping = [] {
    wire::KadMessage message;
    message.type = wire::KadType::kPing;
    message.key = to_bytes("bench");
    return framed(message);
  }();
  std::size_t sent = 0;
  std::size_t answered = 0;
  const auto send_one = [&](swarm::StreamRef stream) {
    ++sent;
    client.send(stream, requests.next());
    if (load.type == wire::KadType::kAddProvider) {
      client.send(stream, ping);
    }
  };
  const auto send_on_new = [&] {
    if (const auto stream = client.open()) {
      send_one(*stream);
    }
  };
  client.on_answer = [&](swarm::StreamRef stream, BytesView) {
    ++answered;
    if (load.streams == Streams::kNew) {
      client.close(stream);
    }
    if (sent < count) {
      if (load.streams == Streams::kNew) {
        send_on_new();
      } else {
        send_one(stream);
      }
    }
  };
  if (load.streams == Streams::kLong && open.empty()) {
    for (std::size_t i = 0; i < load.in_flight; ++i) {
      if (const auto stream = client.open()) {
        open.push_back(*stream);
      }
    }
  }
  for (std::size_t i = 0; i < load.in_flight && sent < count; ++i) {
    if (load.streams == Streams::kLong) {
      send_one(open[i]);
    } else {
      send_on_new();
    }
  }
  return loop.until([&] { return answered >= count; });
}

std::optional<Measured> measure(Loop& loop, const ServerProcess& server, const Load& load) {
  Host client{loop, false};
  if (!client.connect(server.address())) {
    return std::nullopt;
  }
  Requests requests{load.type, client.id(), loop.rng};
  std::vector<swarm::StreamRef> open;
  if (!round(loop, client, requests, load, load.in_flight, open)) {
    return std::nullopt;
  }
  Measured measured;
  const Duration before = server.cpu();
  const Instant started = net::monotonic_now();
  const std::size_t most = load.type == wire::KadType::kPutValue ? kRecords - 2 * kRound : kMostRequests;
  while (measured.cpu < kEnoughCpu && measured.requests < most) {
    if (!round(loop, client, requests, load, kRound, open)) {
      return std::nullopt;
    }
    measured.requests += kRound;
    measured.cpu = server.cpu() - before;
  }
  measured.wall = net::monotonic_now() - started;
  client.hang_up();
  return measured;
}

/// Identities that stay, so that they stay in the table.
std::vector<std::unique_ptr<Host>> fill_table(Loop& loop, const ServerProcess& server, std::size_t count) {
  std::vector<std::unique_ptr<Host>> hosts;
  for (std::size_t i = 0; i < count; ++i) {
    hosts.push_back(std::make_unique<Host>(loop, true));
    if (!hosts.back()->connect(server.address())) {
      hosts.pop_back();
    }
  }
  // The server verifies them in its own time: a second of quiet is when nothing more comes.
  const Instant quiet = net::monotonic_now() + 3s;
  static_cast<void>(loop.until([&] { return net::monotonic_now() > quiet; }));
  return hosts;
}

/// How many peers a FIND_NODE answer names: proof that the table is filled.
std::size_t peers_in_answer(Loop& loop, const ServerProcess& server) {
  Host client{loop, false};
  if (!client.connect(server.address())) {
    return 0;
  }
  std::size_t peers = 0;
  bool answered = false;
  client.on_answer = [&](swarm::StreamRef, BytesView frame) {
    answered = true;
    if (const auto answer = wire::decode_kad(frame)) {
      peers = answer->closer_peers.size();
    }
  };
  Requests requests{wire::KadType::kFindNode, client.id(), loop.rng};
  if (const auto stream = client.open()) {
    client.send(*stream, requests.next());
  }
  static_cast<void>(loop.until([&] { return answered; }));
  client.hang_up();
  return peers;
}

struct ConnectionCost {
  Duration server{};
  Duration both{};
};

std::optional<ConnectionCost> connection_cost(Loop& loop, const ServerProcess& server) {
  std::vector<std::unique_ptr<Host>> clients;
  for (std::size_t i = 0; i < kConnections; ++i) {
    clients.push_back(std::make_unique<Host>(loop, false));
  }
  const Duration server_before = server.cpu();
  const Duration own_before = own_cpu();
  for (const auto& client : clients) {
    if (!client->connect(server.address())) {
      return std::nullopt;
    }
  }
  const auto count = static_cast<Duration::rep>(kConnections);
  const Duration at_server = (server.cpu() - server_before) / count;
  const Duration here = (own_cpu() - own_before) / count;
  return ConnectionCost{.server = at_server, .both = at_server + here};
}

void run(const std::string& name, const std::vector<std::string>& command, const Options& options,
         std::vector<Row>& rows) {
  std::size_t row = 0;
  const auto put = [&](const std::string& what, std::string value) {
    if (row == rows.size()) {
      rows.push_back({.what = what, .cells = {}});
    }
    rows[row++].cells.push_back(std::move(value));
  };
  std::fprintf(stderr, "%s: filling the table\n", name.c_str());
  {
    Loop loop;
    const ServerProcess server{command};
    const auto fillers = fill_table(loop, server, options.table);
    put("peers in a FIND_NODE answer", std::to_string(peers_in_answer(loop, server)));
    const auto add = [&](const char* type_name, const Load& load) {
      const std::string what = std::string{type_name} +
                               (load.streams == Streams::kLong ? ", long stream" : ", new stream") +
                               (load.in_flight > 1 ? ", " + std::to_string(load.in_flight) + " at once" : "");
      std::fprintf(stderr, "%s: %s\n", name.c_str(), what.c_str());
      const auto measured = measure(loop, server, load);
      if (!measured) {
        put(what, "no answer");
        return;
      }
      const auto count = static_cast<double>(measured->requests);
      put(what, cell(us(measured->cpu) / count, "us") + " (" +
                    std::to_string(static_cast<long>(count / (us(measured->wall) / 1e6))) + "/s)");
    };
    constexpr std::pair<wire::KadType, const char*> kTypes[] = {
        {wire::KadType::kFindNode, "FIND_NODE"},         {wire::KadType::kPutValue, "PUT_VALUE"},
        {wire::KadType::kGetValue, "GET_VALUE"},         {wire::KadType::kAddProvider, "ADD_PROVIDER"},
        {wire::KadType::kGetProviders, "GET_PROVIDERS"},
    };
    for (const auto& [type, type_name] : kTypes) {
      add(type_name, {.type = type, .streams = Streams::kLong, .in_flight = 1});
      add(type_name, {.type = type, .streams = Streams::kNew, .in_flight = 1});
    }
    add("FIND_NODE", {.type = wire::KadType::kFindNode, .streams = Streams::kLong, .in_flight = 16});
    add("FIND_NODE", {.type = wire::KadType::kFindNode, .streams = Streams::kNew, .in_flight = 16});
  }
  std::fprintf(stderr, "%s: connections\n", name.c_str());
  {
    Loop loop;
    const ServerProcess server{command};
    const auto cost = connection_cost(loop, server);
    put("connection, server", cost ? cell(us(cost->server), "us") : "failed");
    put("connection, both ends", cost ? cell(us(cost->both), "us") : "failed");
  }
  {
    Loop loop;
    const ServerProcess server{command};
    put("memory, no connection", cell(server.resident_mib(), "MiB"));
    std::vector<std::unique_ptr<Host>> idle;
    for (const std::size_t wanted : {std::size_t{100}, options.idle}) {
      while (idle.size() < wanted) {
        idle.push_back(std::make_unique<Host>(loop, false));
        if (!idle.back()->connect(server.address())) {
          break;
        }
      }
      const Instant quiet = net::monotonic_now() + 2s;
      static_cast<void>(loop.until([&] { return net::monotonic_now() > quiet; }));
      put("memory, " + std::to_string(wanted) + " idle connections",
          idle.size() == wanted ? cell(server.resident_mib(), "MiB") : "refused at " + std::to_string(idle.size()));
    }
  }
}

void print(const std::vector<std::string>& names, const std::vector<Row>& rows) {
  std::printf("%-34s", "server CPU (requests a second)");
  for (const std::string& name : names) {
    std::printf("%24s", name.c_str());
  }
  std::printf("\n");
  for (const Row& row : rows) {
    std::printf("%-34s", row.what.c_str());
    for (const std::string& value : row.cells) {
      std::printf("%24s", value.c_str());
    }
    std::printf("\n");
  }
}

int main_with(int argc, char** argv) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  Options options;
  std::vector<std::vector<std::string>> servers{{}};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--table" && i + 1 < argc && servers.size() == 1 && servers[0].empty()) {
      options.table = std::strtoul(argv[++i], nullptr, 10);
    } else if (word == "--idle" && i + 1 < argc && servers.size() == 1 && servers[0].empty()) {
      options.idle = std::strtoul(argv[++i], nullptr, 10);
    } else if (word == "--") {
      servers.emplace_back();
    } else {
      servers.back().push_back(word);
    }
  }
  std::vector<std::string> names;
  std::vector<Row> rows;
  for (std::vector<std::string>& server : servers) {
    if (server.size() < 2) {
      std::fprintf(stderr, "usage: pond_load [--table N] [--idle N] NAME COMMAND... [-- NAME COMMAND...]...\n");
      return 2;
    }
    names.push_back(server.front());
    run(server.front(), {server.begin() + 1, server.end()}, options, rows);
  }
  print(names, rows);
  return 0;
}

}  // namespace
}  // namespace pond::bench

int main(int argc, char** argv) {
  return pond::bench::main_with(argc, argv);
}
