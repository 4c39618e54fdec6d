#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pond/base/time.hpp"

#include "scenario/toml_tree.hpp"

namespace pond::sim {

/// Keeps the first thing that is wrong with a scenario. Reading goes on behind it, as with a stream that has failed, so
/// that the code that reads names each key once; nothing that was read then counts.
class Problems {
 public:
  void add(std::size_t line, std::string what);
  [[nodiscard]] bool any() const { return first_.has_value(); }
  [[nodiscard]] const TomlError& first() const { return *first_; }

 private:
  std::optional<TomlError> first_;
};

/// The words of a key that chooses among some.
template <typename T>
struct Choice {
  std::string_view word;
  T value;
};

enum class Zero : std::uint8_t { kAllowed, kRefused };

/// One table of a scenario with typed access. A getter leaves `out` as it is, and answers false, when the key is absent
/// or wrong; wrong ones and keys that are not among `known` become problems.
class TableReader {
 public:
  /// `what` is how messages call the table: "a group". It must outlive this object, as must the table and `known`.
  TableReader(const TomlTable& table, std::size_t line, std::string_view what, std::span<const std::string_view> known,
              Problems& problems);

  bool text(std::string_view key, std::string& out);
  /// Letters, digits and "-_." up to 64: what may become a part of a file's name.
  bool name(std::string_view key, std::string& out);
  bool flag(std::string_view key, bool& out);
  bool share(std::string_view key, double& out);
  bool number(std::string_view key, double& out, Zero zero);
  /// Any number, also a negative one.
  bool bound(std::string_view key, std::optional<double>& out);
  bool duration(std::string_view key, Duration& out, Zero zero);

  template <std::unsigned_integral T>
  bool count(std::string_view key, T& out, std::uint64_t least, std::uint64_t most) {
    std::uint64_t value = 0;
    if (!whole(key, value, least, most)) {
      return false;
    }
    out = static_cast<T>(value);
    return true;
  }

  template <typename T, std::size_t N>
  bool choice(std::string_view key, T& out, const std::array<Choice<T>, N>& choices) {
    std::array<std::string_view, N> words;
    std::ranges::transform(choices, words.begin(), &Choice<T>::word);
    const std::optional<std::size_t> at = choose(key, words);
    if (at) {
      out = choices[*at].value;
    }
    return at.has_value();
  }

  /// The table below a key.
  [[nodiscard]] std::optional<TableReader> table(std::string_view key, std::string_view what,
                                                 std::span<const std::string_view> known);
  /// The list of tables below a key; empty without.
  [[nodiscard]] std::vector<TableReader> tables(std::string_view key, std::string_view what,
                                                std::span<const std::string_view> known);

  void require(std::string_view key);
  /// A key that means nothing unless `holds`: `when` says when it does.
  void only(std::string_view key, bool holds, std::string_view when);

  [[nodiscard]] bool has(std::string_view key) const { return find(*table_, key) != nullptr; }
  [[nodiscard]] std::size_t line() const { return line_; }
  /// The key's line, or the table's.
  [[nodiscard]] std::size_t line_of(std::string_view key) const;
  void fail(std::string_view key, std::string what) { problems_->add(line_of(key), std::move(what)); }
  [[nodiscard]] const TomlTable& values() const { return *table_; }
  [[nodiscard]] bool ok() const { return !problems_->any(); }
  [[nodiscard]] Problems& problems() { return *problems_; }

 private:
  bool whole(std::string_view key, std::uint64_t& out, std::uint64_t least, std::uint64_t most);
  std::optional<std::size_t> choose(std::string_view key, std::span<const std::string_view> words);
  std::optional<double> numeric(std::string_view key, std::string_view expected);
  /// The value below the key when it is a T.
  template <typename T>
  const T* get(std::string_view key, std::string_view expected);

  const TomlTable* table_;
  std::size_t line_;
  std::string_view what_;
  Problems* problems_;
};

}  // namespace pond::sim
