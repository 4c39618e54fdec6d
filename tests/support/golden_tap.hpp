#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/upgrade/noise_identity.hpp"
#include "pond/upgrade/noise_session.hpp"
#include "pond/upgrade/noise_xx.hpp"
#include "pond/upgrade/yamux_frame.hpp"

#include "support/golden_peer.hpp"

namespace pond::test {

/// Reads along what our end of a golden capture sends, in the clear: it has that end's keys, and hears both directions.
/// multistream-select is kept as octets, so are the messages of Noise; what was encrypted is shown stream by stream,
/// frame by frame, whatever frames of Noise it went in.
class GoldenTap {
 public:
  explicit GoldenTap(const GoldenSettings& settings);

  /// What went over the socket next. What the peer sent comes before what it made us send.
  void theirs(BytesView octets);
  void ours(BytesView octets);

  /// `[what]` and what we said there: hex for octets, words for the headers of Yamux. Streams by number.
  [[nodiscard]] std::vector<std::string> lines() const;

  /// By stream, the octets that we wrote to it: the same however the peer's octets were cut.
  [[nodiscard]] const std::map<std::uint32_t, Bytes>& written() const noexcept { return written_; }
  /// Before the first stream: the same likewise.
  [[nodiscard]] const Bytes& greeting() const noexcept { return greeting_; }

  /// What could not be read; empty when nothing.
  [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

 private:
  enum class Phase : std::uint8_t { kSecurity, kNoise, kMuxer, kStreams };
  struct Direction {
    Phase phase = Phase::kSecurity;
    Bytes unread;
  };
  struct Run {
    std::string head;  ///< empty for data that says nothing but its octets
    Bytes octets;
  };

  void read(Direction& direction, bool our_own);
  bool read_proposal(Bytes& from, std::string_view last, std::vector<Bytes>* kept, Phase& phase, Phase next);
  bool read_noise(Direction& direction, bool our_own);
  void decrypt(BytesView octets);
  void read_frames();
  void on_frame(const upgrade::YamuxHeader& header, BytesView data);

  upgrade::NoiseIdentity identity_;
  upgrade::NoiseXx noise_;  ///< goes through the same handshake with the same keys
  Direction ours_;
  Direction theirs_;
  std::optional<upgrade::NoiseSession> session_;  ///< opens what our end has sealed
  Phase inner_ = Phase::kMuxer;
  Bytes plain_;

  std::vector<Bytes> security_;  ///< our lines of multistream-select
  std::vector<Bytes> handshake_;
  std::vector<Bytes> muxer_;
  std::map<std::uint32_t, std::vector<Run>> streams_;
  std::map<std::uint32_t, Bytes> written_;
  Bytes greeting_;
  std::string trouble_;
};

}  // namespace pond::test
