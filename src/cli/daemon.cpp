#include "daemon.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include "pond/net/node_runner.hpp"
#include "pond/net/os.hpp"
#include "pond/store/memory_store.hpp"

#include "control.hpp"
#include "executor.hpp"
#include "output.hpp"

namespace pond::cli {
namespace {

constexpr Duration kStopWithin = 4s;  ///< of the 5 s that a clean end may take
constexpr rlim_t kMaxFiles = 65'536;  ///< asked of the system, as far as it allows

void write_log(const node::LogLine& line) {
  switch (line.level) {
    case node::LogLevel::kDebug:
      spdlog::debug("{}", line.text);
      break;
    case node::LogLevel::kInfo:
      spdlog::info("{}", line.text);
      break;
    case node::LogLevel::kWarning:
      spdlog::warn("{}", line.text);
      break;
    case node::LogLevel::kError:
      spdlog::error("{}", line.text);
      break;
  }
}

/// A thousand connections and their half-open newcomers do not fit the 1024 files that a process may open by default.
void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = std::max(files.rlim_cur, std::min<rlim_t>(files.rlim_max, kMaxFiles));
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

Outcome<std::vector<wire::Multiaddr>> listen_addresses(const NodeFlags& flags) {
  std::vector<std::string> texts = flags.listen;
  if (texts.empty()) {
    const std::string port = environment("P2P_PORT");
    texts.push_back("/ip4/0.0.0.0/tcp/" + (port.empty() ? std::string{"8000"} : port));
  }
  return parse_addresses(texts, "--listen");
}

}  // namespace

Outcome<void> run_daemon(node::Config config, crypto::PrivateKey key, const NodeFlags& flags) {
  auto listen = listen_addresses(flags);
  if (!listen) {
    return std::unexpected(listen.error());
  }
  allow_many_files();
  for (const wire::Multiaddr& address : *listen) {
    const auto target = wire::tcp_target(address);
    if (!target || (target->kind != wire::TcpTarget::Host::kIp4 && target->kind != wire::TcpTarget::Host::kIp6)) {
      return usage("--listen " + address.to_string() +
                   ": only /ip4/HOST/tcp/PORT and /ip6/HOST/tcp/PORT, /ws behind it or not");
    }
  }
  boost::asio::io_context io{1};
  boost::asio::signal_set signals{io, SIGINT, SIGTERM};  // from here on they wait to be heard below
  net::OsRng rng;
  const wire::PeerId self = wire::PeerId::from_public_key(key.public_key());
  store::MemoryStore store{config.limits.store, self};
  for (const wire::Multiaddr& address : config.announce) {
    if (const auto id = address.peer_id(); id && *id != self) {
      return usage("--announce " + address.to_string() + ": this node is " + self.to_base58() + ", not that peer");
    }
  }
  auto made = node::Node::make(std::move(config), std::move(key), store, rng, net::wall_anchor(), net::monotonic_now());
  if (!made) {
    return usage(std::string{made.error().what});
  }
  node::Node& node = **made;

  std::optional<Executor> executor;
  net::NodeRunner runner{io, node, [&](const node::Output& output) {
                           if (std::holds_alternative<node::Ready>(output)) {
                             if (const auto written = write_out("ready\n"); !written) {
                               spdlog::warn("ready, but {}", written.error().message);
                             }
                           } else if (const auto* line = std::get_if<node::LogLine>(&output)) {
                             write_log(*line);
                           } else {
                             executor->on(output);
                           }
                         }};
  executor.emplace(io, runner, node);
  if (const auto listening = runner.listen(*listen); !listening) {
    const net::ListenError& error = listening.error();
    return failed(error.in_use ? "address-in-use" : "listen",
                  "cannot listen on " + error.address + ": " + error.reason +
                      (error.in_use ? "; stop the other program or choose another port" : ""));
  }

  ControlServer control{
      io, [&](const Json& request, std::function<void(Reply)> done) { executor->run(request, std::move(done)); }};
  const bool named = !flags.control.empty();
  const auto opened =
      control.open(named ? flags.control : default_control_path(), named ? ControlPath::kNamed : ControlPath::kDefault);
  if (!opened) {
    if (named) {
      return std::unexpected(opened.error());
    }
    spdlog::warn("no control socket: {}", opened.error().message);
  } else if (!*opened) {
    spdlog::info("another node has the default control socket; this one has none (name one with --control)");
  }

  signals.async_wait([&](const boost::system::error_code& error, int signal) {
    if (!error) {
      spdlog::info("stopping on {}", signal == SIGINT ? "SIGINT" : "SIGTERM");
      control.close();
      runner.stop(kStopWithin, [&] { io.stop(); });
    }
  });

  for (const wire::Multiaddr& address : runner.listening()) {
    if (auto written = write_out("listening " + address.with_peer_id(self).to_string() + "\n"); !written) {
      return written;
    }
  }
  runner.start();
  io.run();
  return {};
}

}  // namespace pond::cli
