#include "control.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <istream>
#include <set>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "pond/net/accepting.hpp"

namespace pond::cli {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

/// A request holds a key, a value of 8 KiB in base64, and little else.
constexpr std::size_t kMaxRequestBytes = 128 * 1024;
constexpr std::size_t kMaxReplyBytes = 64 * 1024 * 1024;
constexpr std::size_t kMaxSessions = 64;

bool is_live(const std::string& path) {
  asio::io_context io;
  stream_protocol::socket probe{io};
  error_code error;
  probe.connect(stream_protocol::endpoint{path}, error);
  return !error;
}

/// /tmp is everybody's: the directory in it must be ours alone.
Outcome<void> make_private_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return failed("control", "cannot make " + directory + ": " + std::strerror(errno));
  }
  struct stat about{};
  if (::lstat(directory.c_str(), &about) != 0 || !S_ISDIR(about.st_mode) || about.st_uid != ::getuid() ||
      (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return failed("control",
                  directory + " is not a directory of this user's alone; remove it or name another --control");
  }
  return {};
}

std::optional<Json> parse_line(const std::string& line) {
  Json parsed = Json::parse(line, nullptr, false);
  return parsed.is_discarded() ? std::nullopt : std::optional{std::move(parsed)};
}

}  // namespace

std::string default_control_path() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime != '\0') {
    return std::string{runtime} + "/pond.sock";
  }
  return "/tmp/pond-" + std::to_string(::getuid()) + "/pond.sock";
}

struct ControlServer::Impl {
  Impl(asio::io_context& the_io, Handler the_handler) : io(the_io), handler(std::move(the_handler)), acceptor(the_io) {}

  struct Session {
    explicit Session(stream_protocol::socket the_socket) : socket(std::move(the_socket)), input(kMaxRequestBytes) {}
    stream_protocol::socket socket;
    asio::streambuf input;
    std::string output;
  };

  void adopt(stream_protocol::socket socket) {
    if (sessions.size() < kMaxSessions) {
      auto session = std::make_shared<Session>(std::move(socket));
      sessions.insert(session);
      read(session);
    }
  }

  void read(const std::shared_ptr<Session>& session) {
    asio::async_read_until(session->socket, session->input, '\n',
                           [this, session](const error_code& error, std::size_t) {
                             if (error) {
                               sessions.erase(session);
                               return;
                             }
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
    asio::async_write(session->socket, asio::buffer(session->output),
                      [this, session](const error_code& error, std::size_t) {
                        if (error) {
                          sessions.erase(session);
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
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return usage("--control " + path + ": longer than a socket's path may be (107 octets)");
  }
  if (kind == ControlPath::kDefault && path.starts_with("/tmp/")) {
    const auto made = make_private_directory(path.substr(0, path.rfind('/')));
    if (!made) {
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
    session->socket.close(ignored);
  }
  if (!impl_->path.empty()) {
    ::unlink(impl_->path.c_str());
    impl_->path.clear();
  }
}

Outcome<Reply> ask_node(const std::string& path, const Json& request, std::int64_t timeout_ms) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return usage("--node " + path + ": longer than a socket's path may be (107 octets)");
  }
  asio::io_context io;
  stream_protocol::socket socket{io};
  error_code error;
  socket.connect(stream_protocol::endpoint{path}, error);
  if (error) {
    return failed("no-node",
                  "no node listens on " + path +
                      "; start one (pond agent, pond bootstrap), name its socket with --node, or name bootstrap "
                      "nodes with --bootstrap");
  }
  const std::string line = request.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  asio::write(socket, asio::buffer(line), error);
  std::optional<Reply> reply;
  asio::streambuf input{kMaxReplyBytes};
  asio::async_read_until(socket, input, '\n', [&](const error_code& read_error, std::size_t) {
    if (read_error) {
      return;
    }
    std::istream stream{&input};
    std::string answer;
    std::getline(stream, answer);
    const std::optional<Json> envelope = parse_line(answer);
    if (envelope && envelope->contains("exit") && (*envelope)["exit"].is_number_integer() &&
        envelope->contains("document")) {
      reply = Reply{.exit = static_cast<ExitCode>((*envelope)["exit"].get<int>()), .document = (*envelope)["document"]};
    }
  });
  io.run_for(std::chrono::milliseconds{timeout_ms} + std::chrono::seconds{1});
  if (!reply) {
    return failed("no-answer", "the node behind " + path + " does not answer");
  }
  return *std::move(reply);
}

}  // namespace pond::cli
