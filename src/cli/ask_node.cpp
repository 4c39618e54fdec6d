#include "ask_node.hpp"

#include <chrono>
#include <istream>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

namespace pond::cli {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::size_t kMaxReplyBytes = 64 * 1024 * 1024;

std::optional<Reply> parse_reply(const std::string& line) {
  const Json envelope = Json::parse(line, nullptr, false);
  if (!envelope.is_object() || !envelope.contains("exit") || !envelope["exit"].is_number_integer() ||
      !envelope.contains("document") || !envelope["document"].is_object()) {
    return std::nullopt;
  }
  return Reply{.exit = static_cast<ExitCode>(envelope["exit"].get<int>()), .document = envelope["document"]};
}

/// One question over one connection: connects, writes, reads, each when the one before has succeeded.
struct Question {
  explicit Question(asio::io_context& io) : socket(io) {}

  void ask(const std::string& path) {
    socket.async_connect(stream_protocol::endpoint{path}, [this](const error_code& error) {
      connected = !error;
      if (!error) {
        write();
      }
    });
  }
  void write() {
    asio::async_write(socket, asio::buffer(line), [this](const error_code& error, std::size_t) {
      if (!error) {
        read();
      }
    });
  }
  void read() {
    asio::async_read_until(socket, input, '\n', [this](const error_code& error, std::size_t) {
      if (!error) {
        std::istream stream{&input};
        std::string answer;
        std::getline(stream, answer);
        reply = parse_reply(answer);
      }
    });
  }

  stream_protocol::socket socket;
  std::string line;
  asio::streambuf input{kMaxReplyBytes};
  bool connected = false;
  std::optional<Reply> reply;
};

}  // namespace

Outcome<Reply> ask_node(const std::string& path, ControlPath kind, const Json& request, std::int64_t timeout_ms) {
  if (const auto fits = check_length(path, "--node"); !fits) {
    return std::unexpected(fits.error());
  }
  const auto no_node = failed(
      "no-node", "no node listens on " + path +
                     "; start one (pond agent, pond bootstrap), name its socket with --node, or name bootstrap nodes "
                     "with --bootstrap");
  if (kind == ControlPath::kDefault) {
    const auto checked = check_default_directory();
    if (!checked) {
      return std::unexpected(checked.error());
    }
    if (*checked == DefaultDirectory::kMissing) {
      return no_node;
    }
  }
  asio::io_context io;
  Question question{io};
  question.line = request.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  question.ask(path);
  io.run_for(std::chrono::milliseconds{timeout_ms} + std::chrono::seconds{1});
  if (!question.connected) {
    return no_node;
  }
  if (!question.reply) {
    return failed("no-answer", "the node behind " + path + " does not answer");
  }
  return *std::move(question.reply);
}

}  // namespace pond::cli
