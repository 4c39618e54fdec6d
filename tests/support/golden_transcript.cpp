#include "support/golden_transcript.hpp"

#include <algorithm>

namespace pond::test {

void GoldenTranscript::open(Section section, std::string title) {
  sections_.try_emplace(section, std::move(title), std::vector<std::string>{});
}

void GoldenTranscript::add(Section section, std::string line) {
  sections_.at(section).second.push_back(std::move(line));
}

std::vector<std::string> GoldenTranscript::lines() const {
  std::vector<std::string> all;
  for (const auto& [section, text] : sections_) {
    all.push_back("[" + text.first + "]");
    all.insert(all.end(), text.second.begin(), text.second.end());
  }
  return all;
}

bool GoldenTranscript::begins(const GoldenTranscript& whole) const {
  return std::ranges::all_of(sections_, [&](const auto& entry) {
    const auto found = whole.sections_.find(entry.first);
    if (found == whole.sections_.end() || found->second.first != entry.second.first) {
      return false;
    }
    const std::vector<std::string>& mine = entry.second.second;
    const std::vector<std::string>& theirs = found->second.second;
    return mine.size() <= theirs.size() && std::equal(mine.begin(), mine.end(), theirs.begin());
  });
}

}  // namespace pond::test
