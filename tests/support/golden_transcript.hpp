#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pond::test {

/// What one end of a connection saw of the other. A section for the connection and one for each stream: how the octets
/// of different streams are interleaved depends on how the socket cut them, what each stream carries does not.
class GoldenTranscript {
 public:
  enum class Side : std::uint8_t { kConnection, kOurs, kTheirs };
  struct Section {
    Side side = Side::kConnection;
    std::uint32_t stream = 0;  ///< 0 for the connection
    friend auto operator<=>(const Section&, const Section&) = default;
  };

  void open(Section section, std::string title);
  /// `section` must be open.
  void add(Section section, std::string line);

  /// `[title]` and its lines, section after section: the connection, our streams, theirs, each by number.
  [[nodiscard]] std::vector<std::string> lines() const;

  /// Whether each section here is the beginning of the same section there.
  [[nodiscard]] bool begins(const GoldenTranscript& whole) const;

 private:
  std::map<Section, std::pair<std::string, std::vector<std::string>>> sections_;
};

}  // namespace pond::test
