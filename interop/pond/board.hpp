#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "settings.hpp"

struct redisContext;
struct redisReply;

namespace pond::interop {

/// The redis-server on which the peers leave notes for each other. Its calls return when they are done, but for a
/// minute at most, whatever redis does; what runs beside them is `meanwhile`.
class Board {
 public:
  /// Lets others work for about that long. False: this program has been told to end.
  using Meanwhile = std::function<bool(Duration)>;

  /// Tries until redis is there, for a minute at most.
  [[nodiscard]] static Outcome<Board> connect(const BoardSettings& settings);

  /// From now on in every wait, instead of sleep. What it refers to must outlive the board's last call.
  void run_meanwhile(Meanwhile meanwhile) { meanwhile_ = std::move(meanwhile); }

  /// `SET {TEST_KEY}_{name}`.
  [[nodiscard]] Outcome<void> set(std::string_view name, std::string_view value);
  /// `GET`, asked once; nullopt when the note is not there.
  [[nodiscard]] Outcome<std::optional<std::string>> find(std::string_view name);
  /// `GET`, asked twice a second until the note is there, for a minute at most.
  [[nodiscard]] Outcome<std::string> wait(std::string_view name);

  /// `RPUSH`.
  [[nodiscard]] Outcome<void> push(std::string_view name, std::string_view value);
  /// `BLPOP`.
  [[nodiscard]] Outcome<std::string> pop(std::string_view name, Duration timeout);

  /// The address of this machine from which the board is reached.
  [[nodiscard]] const std::string& own_ip() const noexcept { return own_ip_; }

 private:
  struct Close {
    void operator()(redisContext* context) const noexcept;
  };
  Board(std::unique_ptr<redisContext, Close> context, std::string test_key, std::string own_ip)
      : context_(std::move(context)), test_key_(std::move(test_key)), own_ip_(std::move(own_ip)) {}

  struct FreeReply {
    void operator()(redisReply* reply) const noexcept;
  };
  using Reply = std::unique_ptr<redisReply, FreeReply>;

  [[nodiscard]] std::string key(std::string_view name) const;
  [[nodiscard]] Outcome<Reply> ask(std::initializer_list<std::string_view> words, Duration patience);
  [[nodiscard]] bool wait_a_moment(Duration time) const;

  std::unique_ptr<redisContext, Close> context_;
  std::string test_key_;
  std::string own_ip_;
  Meanwhile meanwhile_;
};

}  // namespace pond::interop
