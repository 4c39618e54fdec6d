#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/wire/kad_message.hpp"

// What a server uses in place of KadMessage: a request read in place, an answer put together from parts that are
// encoded already. No allocation for a request; none for an answer once the writer and the output have grown to their
// sizes.

namespace pond::wire {

/// A request, as views into its octets. Peers that it carries (ADD_PROVIDER) are not looked at: `decode_kad(body)`.
struct KadRequestView {
  KadType type = KadType::kPutValue;
  BytesView key;
  bool has_record = false;
  BytesView record_key;
  BytesView record_value;
  std::string_view time_received;
  BytesView body;  ///< the whole message
};

/// Reads one unframed message by the rules of `decode_kad`, with the same errors, except that the peers' submessages
/// are not parsed. The views live as long as the octets of `protobuf`.
[[nodiscard]] Result<KadRequestView> view_kad_request(BytesView protobuf);

/// The same of a message that is no octets: views into it, and an empty body.
[[nodiscard]] KadRequestView view_of(const KadMessage& message);

/// The longest answer that is sent, its length prefix included, in octets: under the 16 KiB that rust-libp2p accepts.
inline constexpr std::size_t kMaxKadAnswerFrameBytes = 16 * 1024 - 1;

/// How many addresses a peer keeps in an answer that would be too long otherwise.
inline constexpr std::size_t kAddressesInTightAnswer = 4;

/// Writes answers, one after the other: `begin`, then the parts in any order, then `finish`. Nothing is copied before
/// `finish`: every view handed in must live until then. Not thread-safe.
///
/// Budget: the record goes in whole; when the peers do not all fit, each is cut to its first kAddressesInTightAnswer
/// addresses; when that is not enough, peers are left out: providers get room before closer peers, each list in the
/// order of its additions (add the nearest first). One that does not fit is passed over, smaller ones behind it still
/// go in.
class KadAnswerWriter {
 public:
  explicit KadAnswerWriter(std::size_t max_frame_bytes = kMaxKadAnswerFrameBytes) : max_frame_bytes_(max_frame_bytes) {}

  /// What became of an answer: how often the budget bit.
  struct Written {
    std::size_t bytes = 0;  ///< appended, length prefix included
    std::size_t closer_peers = 0;
    std::size_t provider_peers = 0;
    std::size_t peers_left_out = 0;
    bool addresses_cut = false;
  };

  /// Forgets the parts of the answer before.
  void begin(KadType type, BytesView key);

  /// `time_received`: as `rfc3339` makes it. js drops a record that comes without.
  void set_record(BytesView key, BytesView value, std::string_view time_received);

  /// `peer`: one submessage of `encode_kad_peer`. An empty one is ignored.
  void add_provider(BytesView peer);
  void add_closer(BytesView peer);

  /// Appends the answer to `out`, with its length prefix, fields in ascending order. kTooLarge when type, key and
  /// record alone are over the limit; `out` is as it was then.
  [[nodiscard]] Result<Written> finish(Bytes& out);

 private:
  /// A Peer submessage without the addresses in its middle that do not fit.
  struct Peer {
    BytesView head;
    BytesView tail;
    bool taken = false;
    [[nodiscard]] std::size_t size() const noexcept { return head.size() + tail.size(); }
  };

  [[nodiscard]] bool take_all(std::size_t& used);
  void take_what_fits(std::vector<Peer>& peers, std::size_t& used) const;
  static void cut_addresses(Peer& peer, bool& any_cut);
  void write(std::size_t body_size, Bytes& out) const;

  std::size_t max_frame_bytes_;
  KadType type_ = KadType::kPutValue;
  BytesView key_;
  bool has_record_ = false;
  BytesView record_key_;
  BytesView record_value_;
  std::string_view time_received_;
  std::vector<Peer> closer_;
  std::vector<Peer> providers_;
};

}  // namespace pond::wire
