// pond as bootstrap node, provider or querier of libp2p's kad-dht interop suite: interop/README.md, "The Kademlia
// contract". With IS_DIALER set it is a peer of the transport suite.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "pond/crypto/ethereum.hpp"
#include "pond/crypto/hash.hpp"
#include "pond/kad/records/eth_record.hpp"
#include "pond/wire/multihash.hpp"

#include "board.hpp"
#include "host.hpp"
#include "transport_peer.hpp"

namespace pond::interop {
namespace {

constexpr int kAttempts = 10;
constexpr Duration kRetry = 1s;
constexpr Duration kOperation = 10s;
constexpr std::size_t kMaxExampleBytes = 1024;

/// The namespace of the suite: it takes every value, and the greater octets are as good a choice as any.
class ExampleValidator final : public kad::Validator {
 public:
  kad::Verdict validate(BytesView, BytesView, const kad::ValidationContext& context) override {
    return {.kind = kad::Verdict::Kind::kAuthentic, .rejection = {}, .expires = context.now + 48h};
  }
  std::weak_ordering select(BytesView, BytesView a, BytesView b) const override {
    return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
  }
};

kad::Validators validators() {
  kad::Validators all = kad::Validators::openpond();
  if (!all.add("example", kMaxExampleBytes, std::make_unique<ExampleValidator>())) {
    std::abort();  // only a name that is taken is refused
  }
  return all;
}

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

/// What a publisher publishes and a reader asks for.
struct Item {
  std::string name;  ///< of its line in the reader's outcome
  Bytes key;
};

class KadPeer {
 public:
  KadPeer(KadSettings settings, Board board) : settings_(std::move(settings)), board_(std::move(board)) {}

  /// The exit code of the program.
  int run() {
    const Outcome<bool> passed = play();
    if (!passed) {
      if (settings_.role == KadRole::kQuerier) {
        say("status: fail");
      }
      say("error: " + passed.error());
    }
    return passed && *passed ? 0 : 1;
  }

 private:
  Outcome<bool> play() {
    switch (settings_.role) {
      case KadRole::kBootstrap:
        return bootstrap();
      case KadRole::kProvider:
        return provide();
      case KadRole::kQuerier:
        return query();
    }
    return false;
  }

  [[nodiscard]] bool is_openpond() const { return settings_.profile == Profile::kOpenpond; }
  [[nodiscard]] std::string suffix() const { return settings_.board.test_key; }

  node::Config config(node::Role role) const {
    node::Config made = node::Config::for_role(role);
    made.kad_protocol = is_openpond() ? "/openpond/kad/1.0.0" : "/ipfs/kad/1.0.0";
    return made;
  }

  /// Two hundred octets each, as long as names of hosts get.
  [[nodiscard]] std::vector<wire::Multiaddr> extra_addresses() const {
    std::vector<wire::Multiaddr> all;
    for (std::size_t i = 0; i < settings_.extra_addresses; ++i) {
      const std::string label(60, static_cast<char>('a' + i % 26));
      all.push_back(*wire::Multiaddr::parse("/dns4/" + label + "." + label + "." + label + ".invalid/tcp/4001"));
    }
    return all;
  }

  [[nodiscard]] Outcome<std::unique_ptr<Host>> listen(node::Config made) const {
    return Host::start(std::move(made), validators(), board_.own_ip(), {}, extra_addresses());
  }

  /// The Ethereum key of the test, which every peer can tell.
  [[nodiscard]] crypto::EthKey eth_key() const {
    const crypto::Digest seed = crypto::sha256(as_bytes("pond-interop-" + suffix()));
    return crypto::EthKey::parse("0x" + to_hex(seed)).value();
  }

  [[nodiscard]] Bytes record_key() const { return kad::eth_key(eth_key().address()); }
  [[nodiscard]] Bytes example_key() const { return to_bytes("/example/data/" + suffix()); }

  [[nodiscard]] Bytes provider_key() const {
    Bytes text = to_bytes("interop-test-key-" + suffix());
    switch (settings_.profile) {
      case Profile::kUnified:
        return text;
      case Profile::kOpenpond:
        return sha256_multihash(record_key());
      case Profile::kIpfs:
        return sha256_multihash(text);
    }
    return {};
  }

  static Bytes sha256_multihash(BytesView bytes) {
    Bytes multihash{0x12, 0x20};
    append(multihash, crypto::sha256(bytes));
    return multihash;
  }

  static Bytes pk_key(const wire::PeerId& id) {
    Bytes key = to_bytes("/pk/");
    append(key, id.bytes());
    return key;
  }

  Outcome<bool> bootstrap() {
    auto host = listen(config(node::Role::kBootstrap));
    if (!host) {
      return std::unexpected(host.error());
    }
    run_meanwhile(**host);
    if (const auto noted = board_.set("bootstrap_addr", (*host)->addresses().front().to_string()); !noted) {
      return std::unexpected(noted.error());
    }
    (*host)->serve();
    return true;
  }

  /// The node serves on while the board is waited for.
  void run_meanwhile(Host& host) {
    board_.run_meanwhile([&host](Duration time) { return host.wait_for(time); });
  }

  /// A node that knows the bootstrap node alone.
  enum class Reach : std::uint8_t { kListens, kOnlyDials };
  Outcome<std::unique_ptr<Host>> join(node::Role role, Reach reach) {
    const auto note = board_.wait("bootstrap_addr");
    if (!note) {
      return std::unexpected(note.error());
    }
    const auto address = wire::Multiaddr::parse(*note);
    if (!address) {
      return std::unexpected("the bootstrap node's note is no multiaddr: " + *note);
    }
    node::Config made = config(role);
    made.bootstrap = {*address};
    return reach == Reach::kListens ? listen(std::move(made)) : Host::start(std::move(made), validators(), {});
  }

  Outcome<bool> provide() {
    const bool begins_as_server = settings_.mode == ProviderMode::kServer;
    auto joined = join(begins_as_server ? node::Role::kBootstrap : node::Role::kVisitor, Reach::kListens);
    if (!joined) {
      return std::unexpected(joined.error());
    }
    Host& host = **joined;
    run_meanwhile(host);
    for (const auto& [key, value] : values(host)) {
      if (const auto stored = attempts(host, [&] { return put(host, key, value); }); !stored) {
        return std::unexpected("put_value: " + stored.error());
      }
    }
    if (const auto announced = attempts(host, [&] { return announce(host); }); !announced) {
      return std::unexpected("provide: " + announced.error());
    }
    if (settings_.mode == ProviderMode::kSwitch) {
      host.set_mode(kad::Mode::kServer);
      host.wait_for(kRetry);
    }
    for (const auto& [name, value] :
         {std::pair<std::string, std::string>{"provider_peer", host.id().to_base58()}, {"provider_done", "done"}}) {
      if (const auto noted = board_.set(name, value); !noted) {
        return std::unexpected(noted.error());
      }
    }
    host.serve();
    return true;
  }

  std::vector<std::pair<Bytes, Bytes>> values(const Host& host) const {
    if (is_openpond()) {
      return {{record_key(), record(host)}};
    }
    std::vector<std::pair<Bytes, Bytes>> all{{example_key(), to_bytes("hello from cpp client")}};
    if (settings_.profile == Profile::kIpfs) {
      all.emplace_back(pk_key(host.id()), wire::encode_public_key(host.public_key()));
    }
    return all;
  }

  Bytes record(const Host& host) const {
    std::vector<wire::Multiaddr> addresses = host.addresses();
    const WallTime now = host.wall_now();
    return kad::sign_eth_record({.network = "local",
                                 .peer_id = host.id(),
                                 .timestamp = now.ms,
                                 .expires = (now + kad::kDefaultEthLifetime).ms,
                                 .agent_name = "interop",
                                 .multiaddrs = std::move(addresses),
                                 .others = {}},
                                eth_key())
        .value();
  }

  /// Up to ten times, a second apart.
  static Outcome<void> attempts(Host& host, const std::function<Outcome<void>()>& attempt) {
    Outcome<void> last;
    for (int i = 0; i < kAttempts; ++i) {
      last = attempt();
      if (last || !host.wait_for(kRetry)) {
        return last;
      }
    }
    return last;
  }

  static Outcome<void> stored_somewhere(const Outcome<kad::OpResult>& result) {
    if (!result) {
      return std::unexpected(result.error());
    }
    const bool stored = std::ranges::any_of(
        result->reports, [](const kad::PeerReport& peer) { return peer.outcome == kad::PeerOutcome::kStored; });
    return stored ? Outcome<void>{} : std::unexpected("no other peer took it");
  }
  static Outcome<void> put(Host& host, const Bytes& key, const Bytes& value) {
    return stored_somewhere(host.run(kad::PutValue{.key = key, .value = value}, kOperation));
  }
  Outcome<void> announce(Host& host) const {
    return stored_somewhere(host.run(kad::Provide{.key = provider_key()}, kOperation));
  }

  Outcome<bool> query() {
    if (const auto done = board_.wait("provider_done"); !done) {
      return std::unexpected(done.error());
    }
    // The contract of libp2p's suite has no such note: there nothing but the values is compared.
    std::optional<wire::PeerId> provider;
    if (settings_.profile != Profile::kUnified) {
      const auto note = board_.wait("provider_peer");
      const auto id = note ? wire::PeerId::parse(*note) : fail(Errc::kNotFound, "");
      if (!id) {
        return std::unexpected("the provider's note is no peer id");
      }
      provider = *id;
    }
    auto joined = join(node::Role::kVisitor, Reach::kOnlyDials);
    if (!joined) {
      return std::unexpected(joined.error());
    }
    Host& host = **joined;
    bool all = true;
    const auto report = [&](const std::string& name, const Outcome<void>& outcome) {
      say(name + ": " + (outcome ? "ok" : outcome.error()));
      all = all && outcome.has_value();
    };
    const auto check = [&](const std::string& name, const std::function<Outcome<void>()>& attempt) {
      report(name, attempts(host, attempt));
    };
    // Asked first, while this node knows of nobody but the bootstrap node: later its own address book could answer.
    Outcome<void> located;
    if (provider) {
      located = attempts(host, [&] { return find_peer(host, *provider); });
    }
    check("get_value", [&] { return get_value(host, provider); });
    if (settings_.profile == Profile::kIpfs) {
      check("get_public_key", [&] { return get_public_key(host, *provider); });
    }
    check("find_providers", [&] { return find_providers(host, provider); });
    if (provider) {
      report("find_peer", located ? right_port() : located);
    }
    say(all ? "status: pass" : "status: fail");
    if (!all) {
      say("error: not everything was found");
    }
    return all;
  }

  static Outcome<Bytes> get(Host& host, const Bytes& key) {
    auto result = host.run(kad::GetValue{.key = key}, kOperation);
    if (!result) {
      return std::unexpected(result.error());
    }
    if (!result->value) {
      return std::unexpected("nobody has the value");
    }
    return *std::move(result->value);
  }

  Outcome<void> get_value(Host& host, const std::optional<wire::PeerId>& provider) {
    const auto value = get(host, is_openpond() ? record_key() : example_key());
    if (!value) {
      return std::unexpected(value.error());
    }
    if (!is_openpond()) {
      const bool greets =
          std::string_view{reinterpret_cast<const char*>(value->data()), value->size()}.contains("hello from");
      return greets ? Outcome<void>{} : std::unexpected("another value than the provider's");
    }
    const auto record = kad::parse_eth_record(*value);
    if (!record || record->agent.peer_id != provider) {
      return std::unexpected("the record names another peer");
    }
    add_ports(record->agent.multiaddrs, ports_);
    return {};
  }

  static Outcome<void> get_public_key(Host& host, const wire::PeerId& provider) {
    const auto value = get(host, pk_key(provider));
    if (!value) {
      return std::unexpected(value.error());
    }
    const auto key = wire::decode_public_key(*value);
    return key && wire::PeerId::from_public_key(*key) == provider ? Outcome<void>{}
                                                                  : std::unexpected("another peer's key");
  }

  static void add_ports(const std::vector<wire::Multiaddr>& addresses, std::set<std::uint16_t>& ports) {
    for (const wire::Multiaddr& address : addresses) {
      if (const auto target = wire::tcp_target(address)) {
        ports.insert(target->port);
      }
    }
  }

  Outcome<void> find_providers(Host& host, const std::optional<wire::PeerId>& provider) {
    const auto result = host.run(kad::FindProviders{.key = provider_key()}, kOperation);
    if (!result) {
      return std::unexpected(result.error());
    }
    bool found = false;
    for (const wire::KadPeer& peer : result->peers) {
      if (!provider || peer.id == *provider) {
        found = true;
        add_ports(peer.addresses, ports_);
      }
    }
    return found ? Outcome<void>{} : std::unexpected("the provider is not among them");
  }

  Outcome<void> find_peer(Host& host, const wire::PeerId& provider) {
    const auto result = host.run(kad::FindPeer{.id = provider}, kOperation);
    if (!result) {
      return std::unexpected(result.error());
    }
    found_ports_.clear();
    for (const wire::KadPeer& peer : result->peers) {
      if (peer.id == provider) {
        add_ports(peer.addresses, found_ports_);
      }
    }
    return found_ports_.empty() ? std::unexpected("no address of the provider") : Outcome<void>{};
  }

  /// Which is the right one is known from what was read since.
  [[nodiscard]] Outcome<void> right_port() const {
    const bool right = std::ranges::any_of(found_ports_, [&](std::uint16_t port) { return ports_.contains(port); });
    return right ? Outcome<void>{} : std::unexpected("no address ends at the provider's port");
  }

  KadSettings settings_;
  Board board_;
  std::set<std::uint16_t> ports_;        ///< the provider's, by its record and by its announcement
  std::set<std::uint16_t> found_ports_;  ///< where find_peer would have it
};

}  // namespace
}  // namespace pond::interop

int main() {
  using namespace pond::interop;
  if (is_transport_peer()) {
    return run_transport_peer();
  }
  auto settings = kad_settings();
  auto board = settings ? Board::connect(settings->board) : std::unexpected(settings.error());
  if (!board) {
    const char* role = std::getenv("ROLE");
    if (role != nullptr && std::string_view{role} == "querier") {
      say("status: fail");
    }
    say("error: " + board.error());
    return 1;
  }
  return KadPeer{*std::move(settings), *std::move(board)}.run();
}
