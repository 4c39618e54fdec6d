// pond as listener or dialer of libp2p's transport interop suite: interop/README.md, "The transport contract".
#include "transport_peer.hpp"

#include <cstdio>
#include <cstdlib>

#include "board.hpp"
#include "host.hpp"

namespace pond::interop {
namespace {

constexpr int kUnsupported = 3;

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

double milliseconds(Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

node::Config config(const TransportSettings& settings, node::Role role) {
  node::Config made = node::Config::for_role(role);
  made.security = {settings.security == "tls" ? swarm::Security::kTls : swarm::Security::kNoise};
  return made;
}

Outcome<void> listen(const TransportSettings& settings, Board& board) {
  const bool any = settings.listener_ip == "0.0.0.0";
  auto host = Host::start(config(settings, node::Role::kBootstrap), kad::Validators::openpond(),
                          any ? board.own_ip() : settings.listener_ip, settings.transport == "ws" ? "/ws" : "");
  if (!host) {
    return std::unexpected(host.error());
  }
  board.run_meanwhile([&](Duration time) { return (*host)->wait_for(time); });
  if (auto noted = board.push("listener_multiaddr", (*host)->addresses().front().to_string()); !noted) {
    return noted;
  }
  (*host)->serve();
  return {};
}

Outcome<void> dial(const TransportSettings& settings, Board& board) {
  const auto note = board.pop("listener_multiaddr", settings.timeout);
  if (!note) {
    return std::unexpected(note.error());
  }
  const auto address = wire::Multiaddr::parse(*note);
  if (!address) {
    return std::unexpected("the listener's note is no multiaddr: " + *note);
  }
  auto host = Host::start(config(settings, node::Role::kVisitor), kad::Validators::openpond(), {});
  if (!host) {
    return std::unexpected(host.error());
  }
  const Instant started = net::monotonic_now();
  const auto peer = (*host)->dial(*address, settings.timeout);
  if (!peer) {
    return std::unexpected(peer.error());
  }
  const auto ping = (*host)->ping(*peer, settings.timeout);
  if (!ping) {
    return std::unexpected(ping.error());
  }
  const Duration whole = net::monotonic_now() - started;
  std::printf("latency:\n  handshake_plus_one_rtt: %.3f\n  ping_rtt: %.3f\n  unit: ms\n", milliseconds(whole),
              milliseconds(*ping));
  std::fflush(stdout);
  return {};
}

}  // namespace

bool is_transport_peer() {
  const char* side = std::getenv("IS_DIALER");
  return side != nullptr && *side != '\0';
}

int run_transport_peer() {
  const auto settings = transport_settings();
  if (settings && ((settings->transport != "tcp" && settings->transport != "ws") ||
                   (settings->security != "noise" && settings->security != "tls") || settings->muxer != "yamux")) {
    say("status: unsupported");
    return kUnsupported;
  }
  auto board = settings ? Board::connect(settings->board) : std::unexpected(settings.error());
  const auto done = !board                ? std::unexpected(board.error())
                    : settings->is_dialer ? dial(*settings, *board)
                                          : listen(*settings, *board);
  if (!done) {
    say("error: " + done.error());
    return 1;
  }
  return 0;
}

}  // namespace pond::interop
