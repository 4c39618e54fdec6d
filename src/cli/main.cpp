#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "pond/kad/records/eth_record.hpp"
#include "pond/net/os.hpp"
#include "pond/wire/multibase.hpp"
#include "pond/wire/peer_id.hpp"

#include "ask_node.hpp"
#include "control_path.hpp"
#include "daemon.hpp"
#include "key_files.hpp"
#include "record_verbs.hpp"
#include "render.hpp"
#include "reply.hpp"
#include "sim_flags.hpp"
#include "sim_verbs.hpp"
#include "visitor.hpp"

namespace pond::cli {
namespace {

constexpr std::size_t kMaxValueBytes = 64 * 1024;

/// Everything that the command line can say.
struct Arguments {
  bool json = false;
  std::string log_level = "info";
  double timeout_s = 0;
  std::string node_path;
  NodeFlags flags;

  std::string key_type = "ed25519";
  std::string out;
  std::string key_file;
  std::string eth_key_file;
  std::string name;
  std::string subject;  ///< the key, address or peer that a verb is about
  std::string value;
  bool raw = false;
  SignFlags sign;
  SimFlags sim;
};

int print_error(const Arguments& arguments, const Json& document, ExitCode exit) {
  if (arguments.json) {
    std::puts(document.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    const Json& error = document["error"];
    std::fprintf(stderr, "pond: %s\n", printable(error["message"].get<std::string>()).c_str());
  }
  return static_cast<int>(exit);
}

int print_failure(const Arguments& arguments, const Failure& failure) {
  return print_error(arguments, to_reply(failure).document, failure.exit);
}

int print_reply(const Arguments& arguments, std::string_view verb, const Reply& reply) {
  if (reply.has_error()) {
    return print_error(arguments, reply.document, reply.exit);
  }
  if (arguments.json) {
    std::puts(reply.document.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    std::fputs(render(verb, reply.document).c_str(), stdout);
  }
  return static_cast<int>(reply.exit);
}

// ---- pond key

int key_new(const Arguments& arguments) {
  net::OsRng rng;
  const auto type = arguments.key_type == "secp256k1" ? crypto::KeyType::kSecp256k1 : crypto::KeyType::kEd25519;
  const auto key = crypto::PrivateKey::generate(type, rng);
  if (!key) {
    return print_failure(arguments,
                         {.exit = ExitCode::kFailed, .code = "internal", .message = std::string{key.error().what}});
  }
  if (const auto saved = save_libp2p_key(arguments.out, *key); !saved) {
    return print_failure(arguments, saved.error());
  }
  const std::string id = wire::PeerId::from_public_key(key->public_key()).to_base58();
  std::puts(arguments.json ? Json{{"peerId", id}}.dump().c_str() : id.c_str());
  return 0;
}

int key_eth(const Arguments& arguments) {
  net::OsRng rng;
  const crypto::EthKey key = crypto::EthKey::generate(rng);
  if (const auto saved = save_eth_key(arguments.out, key); !saved) {
    return print_failure(arguments, saved.error());
  }
  const std::string address = key.address().to_checksummed();
  std::puts(arguments.json ? Json{{"address", address}}.dump().c_str() : address.c_str());
  return 0;
}

// ---- pond bootstrap, pond agent

Outcome<void> bootstrap(const Arguments& arguments) {
  const std::string from_environment = environment("BOOTSTRAP_PRIVATE_KEY");
  if (arguments.key_file.empty() && from_environment.empty()) {
    return usage(
        "a bootstrap node keeps its identity: give --key FILE (pond key new --out FILE) or BOOTSTRAP_PRIVATE_KEY");
  }
  auto key = arguments.key_file.empty() ? parse_libp2p_key(from_environment, "BOOTSTRAP_PRIVATE_KEY")
                                        : load_libp2p_key(arguments.key_file);
  if (!key) {
    return std::unexpected(key.error());
  }
  auto config = make_config(node::Role::kBootstrap, arguments.flags);
  if (!config) {
    return std::unexpected(config.error());
  }
  return run_daemon(*std::move(config), *std::move(key), arguments.flags);
}

Outcome<void> agent(const Arguments& arguments) {
  const std::string from_environment = environment("PRIVATE_KEY");
  if (arguments.eth_key_file.empty() && from_environment.empty()) {
    return usage("an agent has an Ethereum key: give --eth-key FILE (pond key eth --out FILE) or PRIVATE_KEY");
  }
  const auto eth_key = arguments.eth_key_file.empty() ? parse_eth_key(from_environment, "PRIVATE_KEY")
                                                      : load_eth_key(arguments.eth_key_file);
  if (!eth_key) {
    return std::unexpected(eth_key.error());
  }
  const std::string name = arguments.name.empty() ? environment("AGENT_NAME") : arguments.name;
  if (name.empty()) {
    return usage("an agent has a name: give --name or AGENT_NAME");
  }
  auto config = make_config(node::Role::kAgent, arguments.flags);
  if (!config) {
    return std::unexpected(config.error());
  }
  if (config->bootstrap.empty()) {
    return usage("network " + config->network + " has no built-in bootstrap nodes: give --bootstrap MULTIADDR");
  }
  Outcome<crypto::PrivateKey> key = usage("");
  if (arguments.key_file.empty()) {
    net::OsRng rng;
    auto fresh = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng);
    if (!fresh) {
      return failed("internal", std::string{fresh.error().what});
    }
    key = *std::move(fresh);
  } else {
    key = load_libp2p_key(arguments.key_file);
  }
  if (!key) {
    return std::unexpected(key.error());
  }
  // What no receiver would take must not be found out by publishing it.
  const auto trial = kad::sign_eth_record({.network = config->network,
                                           .peer_id = wire::PeerId::from_public_key(key->public_key()),
                                           .timestamp = 1,
                                           .expires = 2,
                                           .agent_name = name,
                                           .multiaddrs = {}},
                                          *eth_key);
  if (!trial) {
    return usage("--name: 1 to 64 characters, none of them a control character");
  }
  if (arguments.key_file.empty()) {
    spdlog::info("no --key: this agent has a fresh libp2p identity until it stops");
  }
  config->agent = node::AgentIdentity{.key = *eth_key, .name = name};
  return run_daemon(*std::move(config), *std::move(key), arguments.flags);
}

// ---- Verbs that ask

int ask(const Arguments& arguments, const std::string& verb, Json request, double default_timeout_s) {
  const double timeout_s = arguments.timeout_s > 0 ? arguments.timeout_s : default_timeout_s;
  const auto timeout_ms = static_cast<std::int64_t>(timeout_s * 1000);
  request["verb"] = verb;
  request["timeoutMs"] = timeout_ms;
  auto parsed = parse_request(request);
  if (!parsed) {
    return print_failure(arguments, parsed.error());
  }
  const bool own_client = !arguments.flags.bootstrap.empty();
  if (own_client && !arguments.node_path.empty()) {
    return print_failure(arguments, usage("--node and --bootstrap exclude each other").error());
  }
  if (!own_client) {
    const bool named = !arguments.node_path.empty();
    const auto reply = ask_node(named ? arguments.node_path : default_control_path(),
                                named ? ControlPath::kNamed : ControlPath::kDefault, request, timeout_ms);
    return reply ? print_reply(arguments, verb, *reply) : print_failure(arguments, reply.error());
  }
  if (verb == "records" || verb == "status" || verb == "health" || verb == "provide") {
    return print_failure(
        arguments, usage("pond " + verb + " needs a running node: a client that vanishes has nothing to say").error());
  }
  auto config = make_config(node::Role::kVisitor, arguments.flags);
  if (!config) {
    return print_failure(arguments, config.error());
  }
  return print_reply(arguments, verb, run_visitor(*std::move(config), *std::move(parsed)));
}

int put(const Arguments& arguments) {
  std::string value = arguments.value;
  if (value == "-") {
    auto input = read_input("-", kMaxValueBytes);
    if (!input) {
      return print_failure(arguments, input.error());
    }
    value = *std::move(input);
    // A JSON value that came through a pipe: the newline behind it is the shell's. Other values may be binary, and end
    // in that octet.
    if (value.starts_with('{') && value.ends_with('\n')) {
      value.pop_back();
    }
  }
  if (value.size() > kMaxValueBytes) {
    return print_failure(arguments, usage("the value is longer than any record may be").error());
  }
  return ask(arguments, "put", {{"key", arguments.subject}, {"valueBase64", wire::base64_encode(as_bytes(value))}}, 20);
}

// ---- pond record

int record_sign(const Arguments& arguments) {
  SignFlags flags = arguments.sign;
  flags.network = !arguments.flags.network.empty() ? arguments.flags.network : environment("NETWORK");
  if (flags.network.empty()) {
    flags.network = "local";
  }
  flags.name = arguments.name.empty() ? environment("AGENT_NAME") : arguments.name;
  if (flags.name.empty()) {
    flags.name = "agent";
  }
  const auto value = sign_record(flags);
  if (!value) {
    return print_failure(arguments, value.error());
  }
  std::puts(arguments.json ? Json{{"record", *value}}.dump().c_str() : value->c_str());
  return 0;
}

int record_verify(const Arguments& arguments) {
  auto value = read_input(arguments.subject, kMaxValueBytes);
  if (!value) {
    return print_failure(arguments, value.error());
  }
  while (!value->empty() && (value->back() == '\n' || value->back() == '\r')) {
    value->pop_back();
  }
  return print_reply(arguments, "lookup", verify_record(*value, arguments.flags.network));
}

// ---- The flags

/// CLI::Range lets NaN through.
CLI::Validator seconds_between(double least, double most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = read.ec == std::errc{} && read.ptr == text.data() + text.size();
    return is_number && value >= least && value <= most
               ? std::string{}
               : fmt::format("{} is not a number of seconds from {} to {}", text, least, most);
  };
  return CLI::Validator{check, "SECONDS"};
}

void add_network_flags(CLI::App& verb, Arguments& a) {
  verb.add_option(
      "--network", a.flags.network,
      "Network that records are bound to (default: NETWORK, else local; base and sepolia bring bootstrap nodes)");
  verb.add_flag("--allow-private", a.flags.allow_private,
                "Take private and loopback addresses on a public network too");
  verb.add_flag("--accept-unsigned", a.flags.accept_unsigned, "Take unsigned records, and say so");
  verb.add_option("--protocol", a.flags.protocol, "Kademlia's protocol id (default /openpond/kad/1.0.0)");
}

void add_daemon_flags(CLI::App& verb, Arguments& a) {
  add_network_flags(verb, a);
  verb.add_option("--listen", a.flags.listen,
                  "Listen here, e.g. /ip4/0.0.0.0/tcp/8000, or for WebSockets /ip4/0.0.0.0/tcp/8001/ws; repeatable "
                  "(default: all, P2P_PORT or 8000)");
  verb.add_option("--announce", a.flags.announce, "Announce this address instead of those listened on; repeatable");
  verb.add_option("--control", a.flags.control, "Control socket (default: the user's, when it is free)");
  verb.add_option("--key", a.key_file, "libp2p identity, a file of pond key new");
  verb.add_option("--max-connections", a.flags.max_connections,
                  "Connections at most (1000 on a bootstrap node, 50 on an agent)")
      ->check(CLI::Range(1, 1'000'000));
  verb.add_option("--bucket-size", a.flags.bucket_size, "Peers in a bucket of the routing table (200, 20)")
      ->check(CLI::Range(1, 10'000));
}

void add_ask_flags(CLI::App& verb, Arguments& a, const char* default_timeout) {
  add_network_flags(verb, a);
  verb.add_option("--bootstrap", a.flags.bootstrap,
                  "Ask with a short-lived client that starts at this address; repeatable");
  verb.add_option("--node", a.node_path, "Ask the node behind this control socket");
  verb.add_option("--timeout", a.timeout_s, std::string{"Seconds until giving up (default "} + default_timeout + ")")
      ->check(seconds_between(0.001, 3600));
}

using Action = std::function<int()>;

void add_key_verbs(CLI::App& app, Arguments& a, Action& action) {
  CLI::App& key = *app.add_subcommand("key", "Make keys");
  key.require_subcommand(1);
  CLI::App& fresh = *key.add_subcommand("new", "Make a libp2p identity and print its peer id");
  fresh.add_option("--type", a.key_type, "ed25519 or secp256k1")->check(CLI::IsMember({"ed25519", "secp256k1"}));
  fresh.add_option("--out", a.out, "File to make, mode 0600; never overwritten")->required();
  fresh.callback([&] { action = [&a] { return key_new(a); }; });
  CLI::App& eth = *key.add_subcommand("eth", "Make an Ethereum key and print its address");
  eth.add_option("--out", a.out, "File to make, mode 0600; never overwritten")->required();
  eth.callback([&] { action = [&a] { return key_eth(a); }; });
}

void add_daemon_verbs(CLI::App& app, Arguments& a, Action& action) {
  const auto finish = [&a](const Outcome<void>& outcome) { return outcome ? 0 : print_failure(a, outcome.error()); };
  CLI::App& server = *app.add_subcommand("bootstrap", "Run a bootstrap node: a public DHT server");
  add_daemon_flags(server, a);
  server.add_option("--peer", a.flags.bootstrap, "Another bootstrap node, with /p2p; repeatable");
  server.callback([&a, &action, finish] { action = [&a, finish] { return finish(bootstrap(a)); }; });
  CLI::App& client = *app.add_subcommand("agent", "Run an agent: publish where an Ethereum address can be reached");
  add_daemon_flags(client, a);
  client.add_option("--eth-key", a.eth_key_file, "Ethereum key, a file of pond key eth (default: PRIVATE_KEY)");
  client.add_option("--name", a.name, "Name of the agent (default: AGENT_NAME)");
  client.add_option("--bootstrap", a.flags.bootstrap, "Bootstrap node, with /p2p; repeatable");
  client.add_option("--publish-interval", a.flags.publish_interval_s, "Seconds between publications (60)")
      ->check(seconds_between(1, 86400));
  client.callback([&a, &action, finish] { action = [&a, finish] { return finish(agent(a)); }; });
}

void add_ask_verb(CLI::App& app, Arguments& a, Action& action, const std::string& name, const std::string& what,
                  const std::string& subject, const std::string& argument, const std::string& about, double timeout_s) {
  CLI::App& verb = *app.add_subcommand(name, what);
  if (!subject.empty()) {
    verb.add_option(subject, a.subject, about)->required();
  }
  if (name == "provide" || name == "providers") {
    verb.add_flag("--raw", a.raw, "The key is the octets of the text themselves");
  }
  add_ask_flags(verb, a, std::to_string(static_cast<int>(timeout_s)).c_str());
  verb.callback([&a, &action, name, argument, timeout_s] {
    action = [&a, name, argument, timeout_s] {
      Json request = Json::object();
      if (!argument.empty()) {
        request[argument] = a.subject;
      }
      request["raw"] = a.raw;
      return ask(a, name, std::move(request), timeout_s);
    };
  });
}

void add_ask_verbs(CLI::App& app, Arguments& a, Action& action) {
  constexpr const char* kKey = "0xADDRESS, /namespace/rest, hex:..., for closest a peer id or CID too";
  constexpr const char* kProvided = "A CID, hex:..., or any text, which means its sha2-256 multihash";
  add_ask_verb(app, a, action, "lookup", "Find an agent by its Ethereum address", "ADDRESS", "address",
               "0x and 40 hex digits", 10);
  add_ask_verb(app, a, action, "records", "Agents that the running node knows", "", "", "", 30);
  add_ask_verb(app, a, action, "health", "Whether the running node is ready", "", "", "", 30);
  add_ask_verb(app, a, action, "status", "What the running node is doing", "", "", "", 30);
  add_ask_verb(app, a, action, "get", "Read a value", "KEY", "key", kKey, 10);
  add_ask_verb(app, a, action, "provide", "Announce the running node as provider of a key", "KEY", "key", kProvided,
               30);
  add_ask_verb(app, a, action, "providers", "Find the providers of a key", "KEY", "key", kProvided, 30);
  add_ask_verb(app, a, action, "find-peer", "Find a peer's addresses", "PEERID", "peer",
               "12D3Koo..., 16Uiu2..., Qm... or its CID", 30);
  add_ask_verb(app, a, action, "closest", "The servers closest to a key", "KEY", "key", kKey, 30);
  add_ask_verb(app, a, action, "ping", "Measure round trips to a peer", "PEER", "peer", "A peer id or a multiaddr", 30);
  CLI::App& store = *app.add_subcommand("put", "Store a value");
  store.add_option("KEY", a.subject, kKey)->required();
  store
      .add_option("VALUE", a.value,
                  "The value, or - to read it from standard input: every octet, but for one newline that ends JSON")
      ->required();
  add_ask_flags(store, a, "20");
  store.callback([&] { action = [&a] { return put(a); }; });
}

void add_record_verbs(CLI::App& app, Arguments& a, Action& action) {
  CLI::App& record = *app.add_subcommand("record", "Sign and verify records without a network");
  record.require_subcommand(1);
  CLI::App& sign = *record.add_subcommand("sign", "Print a signed /eth value");
  sign.add_option("--eth-key", a.sign.eth_key, "Ethereum key, a file of pond key eth (default: PRIVATE_KEY)");
  sign.add_option("--peer-id", a.sign.peer_id, "The libp2p peer that the address is")->required();
  sign.add_option("--addr", a.sign.addresses, "Address of the peer; repeatable");
  sign.add_option("--name", a.name, "Name of the agent (default: AGENT_NAME)");
  sign.add_option("--ttl", a.sign.ttl_s, "Seconds until it expires (86400)")->check(CLI::Range(1, 172'800));
  sign.add_option("--network", a.flags.network, "Network that the record is bound to (default: NETWORK, else local)");
  sign.callback([&] { action = [&a] { return record_sign(a); }; });
  CLI::App& verify = *record.add_subcommand("verify", "Check a signed /eth value; exit 0 when it is good");
  verify.add_option("FILE", a.subject, "File with the value, or - for standard input")->required();
  verify.add_option("--network", a.flags.network, "Network that it must be bound to (default: the one that it names)");
  verify.callback([&] { action = [&a] { return record_verify(a); }; });
}

/// What to say when the command line names no verb, or one that is not there, of pond or of one of its verbs.
std::optional<std::string> wrong_verb(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* at = &app;
  std::string name = "pond";
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    name += " " + at->get_name();
  }
  std::string verbs;
  for (const CLI::App* verb : at->get_subcommands([](const CLI::App*) { return true; })) {
    verbs += (verbs.empty() ? "" : ", ") + verb->get_name();
  }
  if (verbs.empty() || error.get_exit_code() != static_cast<int>(CLI::ExitCodes::RequiredError)) {
    return std::nullopt;
  }
  const std::vector<std::string> rest = app.remaining(true);
  const auto word = std::ranges::find_if(rest, [](const std::string& each) { return !each.starts_with('-'); });
  return word == rest.end() ? name + " needs a verb: " + verbs : name + " knows no verb '" + *word + "', only " + verbs;
}

int main_in_try(int argc, char** argv) {
  CLI::App app{"pond: a node of the OpenPond network. Agents find each other by Ethereum address over a libp2p DHT.",
               "pond"};
  app.set_version_flag("--version", "pond 0.1.0");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 deadline, 5 found but not verified.\n"
      "Every verb takes --json (one JSON document on stdout) and --log-level (see pond --help).\n"
      "pond VERB --help explains each verb.");
  Arguments arguments;
  Action action;
  app.add_flag("--json", arguments.json, "Print exactly one JSON document on stdout, errors too");
  app.add_option("--log-level", arguments.log_level, "debug, info, warn, error or off")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}));
  add_key_verbs(app, arguments, action);
  add_daemon_verbs(app, arguments, action);
  add_ask_verbs(app, arguments, action);
  add_record_verbs(app, arguments, action);
  add_sim_verbs(app, arguments.sim, [&](SimVerb verb) {
    action = [&arguments, verb] {
      const auto outcome = verb(arguments.sim, arguments.json);
      return outcome ? static_cast<int>(*outcome) : print_failure(arguments, outcome.error());
    };
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      return app.exit(error);  // --help, --version
    }
    // `pond sim run` has a --json of its own, which names a file.
    const bool is_run = app.got_subcommand("sim") && app.get_subcommand("sim")->got_subcommand("run");
    for (int i = 1; i < argc && !is_run; ++i) {
      arguments.json = arguments.json || std::string_view{argv[i]} == "--json";
    }
    const auto verb = wrong_verb(app, error);
    return print_failure(arguments, usage(verb.value_or(error.what()) + " (see pond --help)").error());
  }
  spdlog::set_default_logger(spdlog::stderr_color_mt("pond"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  spdlog::set_level(spdlog::level::from_str(arguments.log_level));
  std::signal(SIGPIPE, SIG_IGN);
  return action();
}

}  // namespace
}  // namespace pond::cli

int main(int argc, char** argv) {
  try {
    return pond::cli::main_in_try(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pond: %s\n", error.what());
    return static_cast<int>(pond::cli::ExitCode::kFailed);
  }
}
