#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pond/base/bytes.hpp"
#include "pond/base/result.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/keys.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::upgrade {

struct TlsContext;

/// What a node shows of itself in every TLS handshake: a certificate that speaks for the node's identity (specs/tls),
/// and the application protocols that it offers. Made once for a node and shared by all its handshakes; they keep what
/// they need of it. One thread at a time.
class TlsIdentity {
 public:
  /// `muxers`: offered by ALPN before "libp2p" (specs/connections/inlined-muxer-negotiation.md), most wanted first;
  /// each of 1 to 255 octets. `now`: the certificate is valid from an hour before, for clocks that are behind, and for
  /// a hundred years. The certificate's key, like all randomness of TLS, comes from OpenSSL's own generator. kInternal
  /// when OpenSSL or the key refuses; kInvalidArgument for a muxer's name that ALPN cannot carry.
  [[nodiscard]] static Result<TlsIdentity> make(const crypto::PrivateKey& key, std::span<const std::string> muxers,
                                                WallTime now);

  [[nodiscard]] const wire::PeerId& peer_id() const noexcept;

  /// The certificate, DER.
  [[nodiscard]] Bytes certificate() const;

  /// For TlsHandshake alone.
  [[nodiscard]] const std::shared_ptr<const TlsContext>& context() const noexcept { return context_; }

 private:
  explicit TlsIdentity(std::shared_ptr<const TlsContext> context) : context_(std::move(context)) {}
  std::shared_ptr<const TlsContext> context_;
};

}  // namespace pond::upgrade
