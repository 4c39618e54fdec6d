// Records what a peer of another implementation sends, for tests/golden: as `querier` it dials the bootstrap node of
// its board and asks it, as `bootstrap` it listens and is what the provider finds. With the environment of
// interop/README.md, PROFILE=openpond. Exits 1, with the reason on stdout, when the peer did not do its part; the file
// is written then too, to look into.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "pond/wire/multiaddr.hpp"

#include "board.hpp"
#include "settings.hpp"
#include "support/golden_capture.hpp"
#include "support/golden_replay.hpp"

namespace pond::interop {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using test::GoldenPeer;
using test::GoldenRole;

constexpr Duration kAcceptTimeout = 60s;
constexpr Duration kPatience = 60s;   ///< from the connection to the end of the peer's part
constexpr Duration kAfterwards = 1s;  ///< what comes then still belongs to it
constexpr Duration kAskBoard = 200ms;
constexpr std::uint64_t kDialerSeed = 1;
constexpr std::uint64_t kListenerSeed = 2;
constexpr std::size_t kReadBytes = std::size_t{64} << 10;

WallTime wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

class Recorder {
 public:
  Recorder(Board board, std::string peer, std::string library, GoldenRole role) : board_(std::move(board)) {
    capture_.peer = std::move(peer);
    capture_.library = std::move(library);
    capture_.settings.role = role;
    capture_.settings.seed = role == GoldenRole::kDialer ? kDialerSeed : kListenerSeed;
    capture_.settings.wall = wall_now();
  }

  Outcome<void> record() {
    const bool dials = capture_.settings.role == GoldenRole::kDialer;
    if (const auto connected = dials ? dial() : accept(); !connected) {
      return connected;
    }
    if (!golden_) {
      golden_.emplace(capture_.settings);
    }
    const auto played = play();
    capture_.agent = golden_->remote_agent();
    capture_.transcript = golden_->transcript().lines();
    capture_.said = test::golden_said(capture_);
    return played;
  }

  [[nodiscard]] const test::GoldenCapture& capture() const noexcept { return capture_; }

 private:
  Outcome<void> dial() {
    const auto note = board_.wait("bootstrap_addr");
    if (!note) {
      return std::unexpected(note.error());
    }
    const auto address = wire::Multiaddr::parse(*note);
    const auto target = address ? wire::tcp_target(*address) : std::nullopt;
    if (!target || !address->peer_id()) {
      return std::unexpected("the peer's note is no TCP address with its id: " + *note);
    }
    capture_.settings.remote = address->peer_id();
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(target->host, error);
    if (!error) {
      socket_.connect({ip, target->port}, error);
    }
    return error ? std::unexpected("cannot connect to " + *note + ": " + error.message()) : Outcome<void>{};
  }

  Outcome<void> accept() {
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(board_.own_ip(), error);
    tcp::acceptor acceptor{io_};
    const tcp::endpoint endpoint{ip, 0};
    acceptor.open(endpoint.protocol(), error);
    acceptor.bind(endpoint, error);
    acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
      return std::unexpected("cannot listen: " + error.message());
    }
    const auto address = wire::tcp_multiaddr(board_.own_ip(), acceptor.local_endpoint().port()).value();
    capture_.settings.listen_addresses = {address};
    golden_.emplace(capture_.settings);
    if (const auto noted = board_.set("bootstrap_addr", address.with_peer_id(golden_->id()).to_string()); !noted) {
      return noted;
    }
    std::optional<boost::system::error_code> accepted;
    acceptor.async_accept(socket_, [&](const boost::system::error_code& result) { accepted = result; });
    run_until([&] { return accepted.has_value(); }, kAcceptTimeout);
    if (!accepted || *accepted) {
      acceptor.close(error);
      io_.restart();
      io_.run();  // the handler refers to this frame
      return std::unexpected("the peer did not connect");
    }
    return {};
  }

  Outcome<void> play() {
    read_more();
    if (const auto sent = send(); !sent) {
      return sent;
    }
    const bool done = run_until([&] { return over_ || (golden_->done() && has_noted()); }, kPatience);
    if (done && !over_) {
      run_until([&] { return over_; }, kAfterwards);
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
    io_.restart();
    io_.run();
    if (done && golden_->done()) {
      return {};
    }
    return std::unexpected(why_.value_or("the peer has not done its part in time"));
  }

  /// A listener's peer is through when it says so; nobody tells the dialer's.
  bool has_noted() {
    if (capture_.settings.role == GoldenRole::kDialer) {
      return true;
    }
    const auto note = board_.find("provider_done");
    return note && *note;
  }

  void read_more() {
    socket_.async_read_some(asio::buffer(buffer_), [this](const boost::system::error_code& error, std::size_t size) {
      if (error) {
        over_ = true;
        why_ = why_.value_or("the peer closed the connection: " + error.message());
        return;
      }
      const BytesView chunk = BytesView{buffer_}.first(size);
      capture_.chunks.push_back(to_bytes(chunk));
      if (const auto received = golden_->receive(chunk); !received) {
        over_ = true;
        why_ = std::string{name_of(received.error().code)} + ": " + std::string{received.error().what};
        return;
      }
      if (const auto sent = send(); !sent) {
        over_ = true;
        why_ = sent.error();
        return;
      }
      read_more();
    });
  }

  Outcome<void> send() {
    const Bytes out = golden_->take_output();
    boost::system::error_code error;
    asio::write(socket_, asio::buffer(out), error);
    return error ? std::unexpected("cannot send: " + error.message()) : Outcome<void>{};
  }

  /// False when the time is over.
  bool run_until(const std::function<bool()>& done, Duration timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (!done()) {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left <= Duration::zero()) {
        return false;
      }
      io_.restart();
      io_.run_one_for(std::min<Duration>(left, kAskBoard));
    }
    return true;
  }

  asio::io_context io_{1};
  tcp::socket socket_{io_};
  Board board_;
  test::GoldenCapture capture_;
  std::optional<GoldenPeer> golden_;
  std::array<std::uint8_t, kReadBytes> buffer_{};
  bool over_ = false;
  std::optional<std::string> why_;
};

int fail_with(const std::string& why) {
  std::puts(("error: " + why).c_str());
  return 1;
}

int record(const std::string& peer, const std::string& library, const std::string& file) {
  const auto settings = kad_settings();
  if (!settings || settings->role == KadRole::kProvider) {
    return fail_with(settings ? "ROLE must be querier or bootstrap" : settings.error());
  }
  auto board = Board::connect(settings->board);
  if (!board) {
    return fail_with(board.error());
  }
  const bool dials = settings->role == KadRole::kQuerier;
  Recorder recorder{*std::move(board), peer, library, dials ? GoldenRole::kDialer : GoldenRole::kListener};
  const auto recorded = recorder.record();
  std::ofstream out{file, std::ios::trunc};
  out << test::golden_text(recorder.capture());
  out.close();
  if (!recorded) {
    return fail_with(recorded.error());
  }
  return out ? 0 : fail_with("cannot write " + file);
}

int say_anew(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  auto capture = test::parse_golden(text);
  if (!capture) {
    return fail_with(file + ": " + capture.error());
  }
  capture->said = test::golden_said(*capture);
  std::ofstream out{file, std::ios::trunc};
  out << test::golden_text(*capture);
  out.close();
  return out ? 0 : fail_with("cannot write " + file);
}

}  // namespace
}  // namespace pond::interop

int main(int argc, char** argv) {
  const std::span<char*> arguments{argv, static_cast<std::size_t>(argc)};
  if (argc > 2 && std::string_view{arguments[1]} == "--said") {
    int code = 0;
    for (const char* file : arguments.subspan(2)) {
      code = std::max(code, pond::interop::say_anew(file));
    }
    return code;
  }
  if (argc != 4) {
    std::puts("usage: pond-golden-recorder PEER LIBRARY FILE, or --said FILE...");
    return 2;
  }
  return pond::interop::record(argv[1], argv[2], argv[3]);
}
