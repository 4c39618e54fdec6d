#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "settings.hpp"

struct redisContext;

namespace pond::interop {

/// The redis-server on which the peers leave notes for each other. Blocking: used before a node runs, or for the moment
/// of a note.
class Board {
 public:
  [[nodiscard]] static Outcome<Board> connect(const BoardSettings& settings);

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

  [[nodiscard]] std::string key(std::string_view name) const;

  std::unique_ptr<redisContext, Close> context_;
  std::string test_key_;
  std::string own_ip_;
};

}  // namespace pond::interop
