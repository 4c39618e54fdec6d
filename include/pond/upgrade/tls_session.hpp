#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"

namespace pond::upgrade {

struct TlsChannel;

/// The encrypted phase of a TLS 1.3 connection: the same calls as NoiseSession. One thread at a time.
///
/// Memory: OpenSSL keeps at most one record (16 KiB) that arrived cut, and gives its buffers back in between.
class TlsSession {
 public:
  explicit TlsSession(std::unique_ptr<TlsChannel> channel);
  TlsSession(TlsSession&&) noexcept;
  TlsSession& operator=(TlsSession&&) noexcept;
  ~TlsSession();

  /// Appends `plain` to `out` as encrypted records. kInternal when OpenSSL refuses: the connection must then be closed.
  [[nodiscard]] Result<void> seal(BytesView plain, Bytes& out);

  /// Takes the front of `in`, moves `in` past it and returns the next plaintext, valid until the next call. nullopt:
  /// all of `in` is consumed and no record is complete; call it until then.
  /// kBadSignature: a record that was altered. kReset: the peer closed the session. kProtocol: anything else that TLS
  /// forbids. An error is final: every later call returns kClosed.
  [[nodiscard]] Result<std::optional<BytesView>> open(BytesView& in);

  /// Octets of an incomplete record that are held at the moment.
  [[nodiscard]] std::size_t buffered() const noexcept { return held_bytes_; }

 private:
  std::unique_ptr<TlsChannel> channel_;
  std::unique_ptr<std::uint8_t[]> plain_;  ///< while there is something to read
  std::size_t held_bytes_ = 0;
  bool failed_ = false;
};

}  // namespace pond::upgrade
