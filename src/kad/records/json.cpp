#include "pond/kad/records/json.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace pond::kad {
namespace {

/// Receives the parser's events, keeps the outer object's members and enforces what the parser does not. Every event
/// returns whether to go on; `problem` says why not.
class Reader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return other(); }
  bool boolean(bool) { return other(); }
  bool number_integer(number_integer_t) { return other(); }  // only what has a minus sign comes here
  bool number_float(number_float_t, const string_t&) { return other(); }
  bool binary(binary_t&) { return other(); }

  bool number_unsigned(number_unsigned_t value) {
    if (depth_ == 1 && value < kJsonIntegerEnd) {
      members_.back().type = JsonMember::Type::kInteger;
      members_.back().integer = static_cast<std::int64_t>(value);
      return true;
    }
    return other();
  }

  bool string(string_t& value) {
    if (depth_ == 1) {
      members_.back().type = JsonMember::Type::kString;
      members_.back().text = std::move(value);
    } else if (in_outer_array()) {
      members_.back().strings.push_back(std::move(value));
    }
    return true;
  }

  bool start_object(std::size_t) { return enter(); }

  bool key(string_t& name) {
    names_[depth_ - 1].push_back(name);
    if (depth_ == 1) {
      members_.emplace_back().name = std::move(name);
    }
    return true;
  }

  bool end_object() {
    std::vector<std::string>& names = names_[depth_ - 1];
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
      return stop("a member name occurs twice in one JSON object");
    }
    names.clear();
    --depth_;
    return true;
  }

  bool start_array(std::size_t) {
    if (depth_ == 0) {
      return stop("the JSON text is not an object");
    }
    const bool of_the_outer_object = depth_ == 1;
    if (!enter()) {
      return false;
    }
    if (of_the_outer_object) {
      members_.back().type = JsonMember::Type::kStrings;
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

  /// Whether the parser stands directly in an array that is a member of the outer object.
  [[nodiscard]] bool in_outer_array() const {
    return depth_ == 2 && members_.back().type == JsonMember::Type::kStrings;
  }

  void spoil_outer_array() {
    if (in_outer_array()) {
      members_.back().type = JsonMember::Type::kOther;
      members_.back().strings.clear();
    }
  }

  std::size_t depth_ = 0;
  std::vector<JsonMember> members_;
  std::vector<std::string> names_[kMaxJsonDepth];
  std::string_view problem_ = "not strict JSON";
};

}  // namespace

Result<JsonObject> JsonObject::read(BytesView text) {
  if (text.empty() || text.front() != '{') {
    return fail(Errc::kMalformed, "the JSON text does not start with an opening brace");
  }
  // The parser takes a zero octet for the end of its input.
  if (std::find(text.begin(), text.end(), 0) != text.end()) {
    return fail(Errc::kMalformed, "a zero octet in a JSON text");
  }
  Reader reader;
  bool complete = false;
  try {
    complete = nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
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
