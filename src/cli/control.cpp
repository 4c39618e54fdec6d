#include "control.hpp"

#include <chrono>
#include <istream>
#include <set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pond/net/accepting.hpp"

namespace pond::cli {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

/// A request holds a key, a value of 8 KiB in base64, and little else.
constexpr std::size_t kMaxRequestBytes = 128 * 1024;
constexpr std::size_t kMaxSessions = 64;
/// For a request to arrive, and for its answer to be taken; never for the answer to be found.
constexpr std::chrono::seconds kSilence{10};

bool is_live(const std::string& path) {
  asio::io_context io;
  stream_protocol::socket probe{io};
  error_code error;
  probe.connect(stream_protocol::endpoint{path}, error);
  return !error;
}

std::optional<Json> parse_line(const std::string& line) {
  Json parsed = Json::parse(line, nullptr, false);
  return parsed.is_discarded() ? std::nullopt : std::optional{std::move(parsed)};
}

}  // namespace

struct ControlServer::Impl {
  Impl(asio::io_context& the_io, Handler the_handler) : io(the_io), handler(std::move(the_handler)), acceptor(the_io) {}

  struct Session {
    Session(stream_protocol::socket the_socket, asio::io_context& io)
        : socket(std::move(the_socket)), silence(io), input(kMaxRequestBytes) {}
    stream_protocol::socket socket;
    asio::steady_timer silence;
    asio::streambuf input;
    std::string output;
  };

  void adopt(stream_protocol::socket socket) {
    if (sessions.size() < kMaxSessions) {
      auto session = std::make_shared<Session>(std::move(socket), io);
      sessions.insert(session);
      read(session);
    }
  }

  void end(const std::shared_ptr<Session>& session) {
    error_code ignored;
    allow_silence(session);
    session->socket.close(ignored);
    sessions.erase(session);
  }

  /// Ends the session unless silence is allowed in time.
  void limit_silence(const std::shared_ptr<Session>& session) {
    session->silence.expires_after(kSilence);
    session->silence.async_wait([this, weak = std::weak_ptr{session}](const error_code& cancelled) {
      const auto silent = weak.lock();
      if (!cancelled && silent && silent->silence.expiry() <= std::chrono::steady_clock::now()) {
        end(silent);
      }
    });
  }

  static void allow_silence(const std::shared_ptr<Session>& session) {
    session->silence.expires_at(std::chrono::steady_clock::time_point::max());
  }

  void read(const std::shared_ptr<Session>& session) {
    limit_silence(session);
    asio::async_read_until(session->socket, session->input, '\n',
                           [this, session](const error_code& error, std::size_t) {
                             if (error || !session->socket.is_open()) {
                               end(session);
                               return;
                             }
                             allow_silence(session);
                             std::istream stream{&session->input};
                             std::string line;
                             std::getline(stream, line);
                             answer(session, line);
                           });
  }

  void answer(const std::shared_ptr<Session>& session, const std::string& line) {
    const std::optional<Json> request = parse_line(line);
    const auto respond = [this, weak = std::weak_ptr{session}](const Reply& reply) {
      if (const auto alive = weak.lock()) {
        write(alive, reply);
      }
    };
    if (!request) {
      respond(to_reply({.exit = ExitCode::kUsage, .code = "usage", .message = "a request is one line of JSON"}));
      return;
    }
    handler(*request, respond);
  }

  void write(const std::shared_ptr<Session>& session, const Reply& reply) {
    const Json envelope{{"exit", static_cast<int>(reply.exit)}, {"document", reply.document}};
    session->output = envelope.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    limit_silence(session);
    asio::async_write(session->socket, asio::buffer(session->output),
                      [this, session](const error_code& error, std::size_t) {
                        if (error || !session->socket.is_open()) {
                          end(session);
                        } else {
                          read(session);
                        }
                      });
  }

  asio::io_context& io;
  Handler handler;
  net::Accepting<stream_protocol> acceptor;
  std::set<std::shared_ptr<Session>> sessions;
  std::string path;
};

ControlServer::ControlServer(asio::io_context& io, Handler handler)
    : impl_(std::make_unique<Impl>(io, std::move(handler))) {
}

ControlServer::~ControlServer() {
  close();
}

Outcome<bool> ControlServer::open(const std::string& path, ControlPath kind) {
  if (const auto fits = check_length(path, "--control"); !fits) {
    return std::unexpected(fits.error());
  }
  if (kind == ControlPath::kDefault) {
    if (const auto made = make_default_directory(); !made) {
      return std::unexpected(made.error());
    }
  }
  struct stat about{};
  if (::lstat(path.c_str(), &about) == 0) {
    if (!S_ISSOCK(about.st_mode)) {
      return failed("control", path + " exists and is no socket");
    }
    if (is_live(path)) {
      if (kind == ControlPath::kDefault) {
        return false;
      }
      return failed("address-in-use", "another node listens on " + path + "; name another --control");
    }
    ::unlink(path.c_str());
  }
  error_code error;
  stream_protocol::acceptor& acceptor = impl_->acceptor.socket();
  acceptor.open(stream_protocol{}, error);
  const mode_t old_mask = ::umask(S_IRWXG | S_IRWXO | S_IXUSR);
  if (!error) {
    acceptor.bind(stream_protocol::endpoint{path}, error);
  }
  ::umask(old_mask);
  if (!error) {
    impl_->path = path;
    acceptor.listen(stream_protocol::acceptor::max_listen_connections, error);
  }
  if (error) {
    return failed("control", "cannot open " + path + ": " + error.message());
  }
  impl_->acceptor.start([self = impl_.get()](stream_protocol::socket socket) { self->adopt(std::move(socket)); });
  return true;
}

void ControlServer::close() {
  error_code ignored;
  impl_->acceptor.close();
  for (const auto& session : impl_->sessions) {
    session->silence.cancel();
    session->socket.close(ignored);
  }
  impl_->sessions.clear();
  if (!impl_->path.empty()) {
    ::unlink(impl_->path.c_str());
    impl_->path.clear();
  }
}

}  // namespace pond::cli
