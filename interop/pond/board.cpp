#include "board.hpp"

#include <chrono>
#include <initializer_list>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <hiredis.h>

namespace pond::interop {
namespace {

using namespace std::chrono_literals;

constexpr auto kAskEvery = 500ms;
constexpr int kAttempts = 120;  ///< a minute
constexpr timeval kConnectTimeout{.tv_sec = 10, .tv_usec = 0};

struct FreeReply {
  void operator()(void* reply) const noexcept { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

Outcome<Reply> ask(redisContext* context, std::initializer_list<std::string_view> words) {
  std::vector<const char*> parts;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    parts.push_back(word.data());
    sizes.push_back(word.size());
  }
  Reply reply{
      static_cast<redisReply*>(redisCommandArgv(context, static_cast<int>(parts.size()), parts.data(), sizes.data()))};
  if (reply == nullptr) {
    return std::unexpected("redis is gone: " + std::string{context->errstr});
  }
  if (reply->type == REDIS_REPLY_ERROR) {
    return std::unexpected("redis refused: " + std::string{reply->str, reply->len});
  }
  return reply;
}

std::string text_of(const redisReply& reply) {
  return {reply.str, reply.len};
}

/// Nothing is sent: a UDP socket that is "connected" has the address that the system would send from.
Outcome<std::string> ip_towards(const BoardSettings& settings) {
  namespace asio = boost::asio;
  asio::io_context io;
  asio::ip::udp::resolver resolver{io};
  boost::system::error_code error;
  const auto found = resolver.resolve(settings.host, std::to_string(settings.port), error);
  asio::ip::udp::socket socket{io};
  if (!error) {
    socket.connect(found.begin()->endpoint(), error);
  }
  const auto local = error ? asio::ip::udp::endpoint{} : socket.local_endpoint(error);
  if (error) {
    return std::unexpected("no way to " + settings.host + ": " + error.message());
  }
  return local.address().to_string();
}

}  // namespace

void Board::Close::operator()(redisContext* context) const noexcept {
  redisFree(context);
}

Outcome<Board> Board::connect(const BoardSettings& settings) {
  std::unique_ptr<redisContext, Close> context{
      redisConnectWithTimeout(settings.host.c_str(), settings.port, kConnectTimeout)};
  if (context == nullptr || context->err != 0) {
    return std::unexpected("redis does not answer at " + settings.host + ":" + std::to_string(settings.port));
  }
  auto own_ip = ip_towards(settings);
  if (!own_ip) {
    return std::unexpected(own_ip.error());
  }
  return Board{std::move(context), settings.test_key, *std::move(own_ip)};
}

std::string Board::key(std::string_view name) const {
  return test_key_ + "_" + std::string{name};
}

Outcome<void> Board::set(std::string_view name, std::string_view value) {
  if (const auto reply = ask(context_.get(), {"SET", key(name), value}); !reply) {
    return std::unexpected(reply.error());
  }
  return {};
}

Outcome<std::optional<std::string>> Board::find(std::string_view name) {
  const auto reply = ask(context_.get(), {"GET", key(name)});
  if (!reply) {
    return std::unexpected(reply.error());
  }
  return (*reply)->type == REDIS_REPLY_STRING ? std::optional{text_of(**reply)} : std::nullopt;
}

Outcome<std::string> Board::wait(std::string_view name) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto note = find(name);
    if (!note) {
      return std::unexpected(note.error());
    }
    if (*note) {
      return **std::move(note);
    }
    std::this_thread::sleep_for(kAskEvery);
  }
  return std::unexpected("no note " + key(name) + " within a minute");
}

Outcome<void> Board::push(std::string_view name, std::string_view value) {
  if (const auto reply = ask(context_.get(), {"RPUSH", key(name), value}); !reply) {
    return std::unexpected(reply.error());
  }
  return {};
}

Outcome<std::string> Board::pop(std::string_view name, Duration timeout) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout).count();
  const auto reply = ask(context_.get(), {"BLPOP", key(name), std::to_string(seconds)});
  if (!reply) {
    return std::unexpected(reply.error());
  }
  if ((*reply)->type != REDIS_REPLY_ARRAY || (*reply)->elements != 2) {
    return std::unexpected("no note " + key(name) + " in time");
  }
  return text_of(*(*reply)->element[1]);
}

}  // namespace pond::interop
