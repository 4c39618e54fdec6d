#include "pond/kad/records/json.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include <nlohmann/json.hpp>

namespace pond::kad {
namespace {

/// Receives the parser's events, keeps the outer object's wanted members and enforces what the parser does not. Every
/// event returns whether to go on; `problem` says why not.
class Reader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  explicit Reader(std::span<const std::string_view> wanted) : wanted_(wanted) {}

  bool null() { return other(); }
  bool boolean(bool) { return other(); }
  bool number_integer(number_integer_t) { return other(); }  // only what has a minus sign comes here
  bool number_float(number_float_t, const string_t&) { return other(); }
  bool binary(binary_t&) { return other(); }

  bool number_unsigned(number_unsigned_t value) {
    if (JsonMember* member = outer_value(); member != nullptr && value < kJsonIntegerEnd) {
      member->type = JsonMember::Type::kInteger;
      member->integer = static_cast<std::int64_t>(value);
      return true;
    }
    return other();
  }

  bool string(string_t& value) {
    if (JsonMember* member = outer_value()) {
      member->type = JsonMember::Type::kString;
      member->text = std::move(value);
    } else if (JsonMember* array = outer_array()) {
      array->strings.push_back(std::move(value));
    }
    return true;
  }

  bool key(string_t& name) {
    names_.push_back({letters_.size(), name.size(), first_octets(name)});
    letters_ += name;
    if (depth_ == 1) {
      const auto wanted = std::find(wanted_.begin(), wanted_.end(), name);
      in_wanted_ = wanted != wanted_.end();
      if (in_wanted_) {
        members_.emplace_back().name = *wanted;
      }
    }
    return true;
  }

  bool start_object(std::size_t) {
    if (!enter()) {
      return false;
    }
    first_name_[depth_ - 1] = names_.size();
    return true;
  }

  bool end_object() {
    const auto first = names_.begin() + static_cast<std::ptrdiff_t>(first_name_[depth_ - 1]);
    std::sort(first, names_.end(), [this](const Name& x, const Name& y) {
      return x.size != y.size ? x.size < y.size : x.head != y.head ? x.head < y.head : letters(x) < letters(y);
    });
    const auto twice = std::adjacent_find(first, names_.end(), [this](const Name& x, const Name& y) {
      return x.size == y.size && x.head == y.head && letters(x) == letters(y);
    });
    if (twice != names_.end()) {
      return stop("a member name occurs twice in one JSON object");
    }
    names_.erase(first, names_.end());
    --depth_;
    return true;
  }

  bool start_array(std::size_t) {
    if (depth_ == 0) {
      return stop("the JSON text is not an object");
    }
    JsonMember* member = outer_value();
    if (!enter()) {
      return false;
    }
    if (member != nullptr) {
      member->type = JsonMember::Type::kStrings;
    }
    return true;
  }

  bool end_array() {
    --depth_;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) {
    return stop("not strict JSON");
  }

  [[nodiscard]] std::string_view problem() const { return problem_; }
  [[nodiscard]] std::vector<JsonMember> take() { return std::move(members_); }

 private:
  /// Where a name lies in letters_, and its first octets as a number, which settle most comparisons.
  struct Name {
    std::size_t begin;
    std::size_t size;
    std::uint64_t head;
  };

  [[nodiscard]] static std::uint64_t first_octets(std::string_view name) {
    std::uint64_t out = 0;
    std::memcpy(&out, name.data(), std::min(name.size(), sizeof out));
    return out;
  }

  [[nodiscard]] std::string_view letters(const Name& name) const {
    return std::string_view{letters_}.substr(name.begin, name.size);
  }

  bool stop(std::string_view why) {
    problem_ = why;
    return false;
  }

  bool enter() {
    if (depth_ == kMaxJsonDepth) {
      return stop("JSON nested too deep");
    }
    spoil_outer_array();
    ++depth_;
    return true;
  }

  bool other() {
    spoil_outer_array();
    return true;
  }

  /// The wanted member whose value the parser is about to give, or nullptr.
  [[nodiscard]] JsonMember* outer_value() { return depth_ == 1 && in_wanted_ ? &members_.back() : nullptr; }

  /// The wanted member in whose array the parser stands, not deeper, while that holds strings alone; or nullptr.
  [[nodiscard]] JsonMember* outer_array() {
    return depth_ == 2 && in_wanted_ && members_.back().type == JsonMember::Type::kStrings ? &members_.back() : nullptr;
  }

  void spoil_outer_array() {
    if (JsonMember* array = outer_array()) {
      array->type = JsonMember::Type::kOther;
      array->strings.clear();
    }
  }

  std::span<const std::string_view> wanted_;
  std::size_t depth_ = 0;
  bool in_wanted_ = false;
  std::vector<JsonMember> members_;

  // The names of the objects that are open, the outer object's first, and where each object's begin.
  std::vector<Name> names_;
  std::array<std::size_t, kMaxJsonDepth> first_name_{};
  std::string letters_;

  std::string_view problem_ = "not strict JSON";
};

}  // namespace

Result<JsonObject> JsonObject::read(BytesView text, std::span<const std::string_view> wanted) {
  if (text.empty() || text.front() != '{') {
    return fail(Errc::kMalformed, "the JSON text does not start with an opening brace");
  }
  // The parser takes a zero octet for the end of its input.
  if (std::find(text.begin(), text.end(), 0) != text.end()) {
    return fail(Errc::kMalformed, "a zero octet in a JSON text");
  }
  Reader reader{wanted};
  bool complete = false;
  try {
    complete = nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &reader);
  } catch (const std::exception&) {
    complete = false;
  }
  if (!complete) {
    return fail(Errc::kMalformed, reader.problem());
  }
  JsonObject out;
  out.members_ = reader.take();
  return out;
}

const JsonMember* JsonObject::find(std::string_view name) const noexcept {
  const auto member =
      std::find_if(members_.begin(), members_.end(), [&](const JsonMember& m) { return m.name == name; });
  return member == members_.end() ? nullptr : &*member;
}

std::optional<std::int64_t> JsonObject::integer(std::string_view name) const noexcept {
  const JsonMember* member = find(name);
  return member != nullptr && member->type == JsonMember::Type::kInteger ? std::optional{member->integer}
                                                                         : std::nullopt;
}

const std::string* JsonObject::string(std::string_view name) const noexcept {
  const JsonMember* member = find(name);
  return member != nullptr && member->type == JsonMember::Type::kString ? &member->text : nullptr;
}

const std::vector<std::string>* JsonObject::strings(std::string_view name) const noexcept {
  const JsonMember* member = find(name);
  return member != nullptr && member->type == JsonMember::Type::kStrings ? &member->strings : nullptr;
}

void append_json_string(std::string& out, std::string_view utf8) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : utf8) {
    const auto octet = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
      case '\\':
        out += '\\';
        out += c;
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (octet < 0x20) {
          out += "\\u00";
          out += kHex[octet >> 4U];
          out += kHex[octet & 0xfU];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace pond::kad
