#include "board.hpp"

#include <chrono>
#include <initializer_list>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <hiredis.h>
#include <poll.h>

namespace pond::interop {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr Duration kAskEvery = 500ms;
constexpr Duration kPatience = 60s;
constexpr Duration kMoment = 20ms;  ///< between two looks at what redis has sent
constexpr timeval kConnectTimeout{.tv_sec = 2, .tv_usec = 0};

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

void Board::FreeReply::operator()(redisReply* reply) const noexcept {
  freeReplyObject(reply);
}

Outcome<Board> Board::connect(const BoardSettings& settings) {
  BoardSettings where = settings;
  if (where.host.starts_with('[') && where.host.ends_with(']')) {
    where.host = where.host.substr(1, where.host.size() - 2);  // of IPv6, as in a URL
  }
  std::unique_ptr<redisContext, Close> context;
  for (const Clock::time_point until = Clock::now() + kPatience; Clock::now() < until;
       std::this_thread::sleep_for(kAskEvery)) {
    context.reset(redisConnectWithTimeout(where.host.c_str(), where.port, kConnectTimeout));
    if (context != nullptr && context->err == 0) {
      break;
    }
  }
  if (context == nullptr || context->err != 0) {
    return std::unexpected("redis does not answer at " + settings.host + ":" + std::to_string(settings.port));
  }
  auto own_ip = ip_towards(where);
  if (!own_ip) {
    return std::unexpected(own_ip.error());
  }
  return Board{std::move(context), settings.test_key, *std::move(own_ip)};
}

bool Board::wait_a_moment(Duration time) const {
  if (meanwhile_) {
    return meanwhile_(time);
  }
  std::this_thread::sleep_for(time);
  return true;
}

/// hiredis would wait for ever, deaf to signals: here it is only let read when something has come.
Outcome<Board::Reply> Board::ask(std::initializer_list<std::string_view> words, Duration patience) {
  std::vector<const char*> parts;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    parts.push_back(word.data());
    sizes.push_back(word.size());
  }
  int written = 0;
  if (redisAppendCommandArgv(context_.get(), static_cast<int>(parts.size()), parts.data(), sizes.data()) != REDIS_OK) {
    return std::unexpected("redis is gone: " + std::string{context_->errstr});
  }
  // A command is so short that the system takes it at once.
  while (written == 0) {
    if (redisBufferWrite(context_.get(), &written) != REDIS_OK) {
      return std::unexpected("redis is gone: " + std::string{context_->errstr});
    }
  }
  void* answer = nullptr;
  for (const Clock::time_point until = Clock::now() + patience; answer == nullptr;) {
    pollfd socket{.fd = context_->fd, .events = POLLIN, .revents = 0};
    const bool readable = poll(&socket, 1, 0) > 0;
    if ((readable && redisBufferRead(context_.get()) != REDIS_OK) ||
        redisGetReplyFromReader(context_.get(), &answer) != REDIS_OK) {
      return std::unexpected("redis is gone: " + std::string{context_->errstr});
    }
    if (answer == nullptr && !readable) {
      if (Clock::now() > until) {
        return std::unexpected("redis does not answer");
      }
      if (!wait_a_moment(kMoment)) {
        return std::unexpected("stopped");
      }
    }
  }
  Reply reply{static_cast<redisReply*>(answer)};
  if (reply->type == REDIS_REPLY_ERROR) {
    return std::unexpected("redis refused: " + std::string{reply->str, reply->len});
  }
  return reply;
}

std::string Board::key(std::string_view name) const {
  return test_key_ + "_" + std::string{name};
}

Outcome<void> Board::set(std::string_view name, std::string_view value) {
  if (const auto reply = ask({"SET", key(name), value}, kPatience); !reply) {
    return std::unexpected(reply.error());
  }
  return {};
}

Outcome<std::optional<std::string>> Board::find(std::string_view name) {
  const auto reply = ask({"GET", key(name)}, kPatience);
  if (!reply) {
    return std::unexpected(reply.error());
  }
  return (*reply)->type == REDIS_REPLY_STRING ? std::optional{text_of(**reply)} : std::nullopt;
}

Outcome<std::string> Board::wait(std::string_view name) {
  for (const Clock::time_point until = Clock::now() + kPatience; Clock::now() < until;) {
    auto note = find(name);
    if (!note) {
      return std::unexpected(note.error());
    }
    if (*note) {
      return **std::move(note);
    }
    if (!wait_a_moment(kAskEvery)) {
      return std::unexpected("stopped");
    }
  }
  return std::unexpected("no note " + key(name) + " within a minute");
}

Outcome<void> Board::push(std::string_view name, std::string_view value) {
  if (const auto reply = ask({"RPUSH", key(name), value}, kPatience); !reply) {
    return std::unexpected(reply.error());
  }
  return {};
}

Outcome<std::string> Board::pop(std::string_view name, Duration timeout) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout).count();
  const auto reply = ask({"BLPOP", key(name), std::to_string(seconds)}, timeout + kPatience);
  if (!reply) {
    return std::unexpected(reply.error());
  }
  if ((*reply)->type != REDIS_REPLY_ARRAY || (*reply)->elements != 2) {
    return std::unexpected("no note " + key(name) + " in time");
  }
  return text_of(*(*reply)->element[1]);
}

}  // namespace pond::interop
