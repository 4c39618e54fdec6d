#include "tls_channel.hpp"

#include <algorithm>
#include <cstring>

#include <openssl/err.h>

#include "pond/upgrade/tls_certificate.hpp"

#include "tls_x509.hpp"

namespace pond::upgrade {
namespace {

TlsChannel& channel_of(BIO* bio) {
  return *static_cast<TlsChannel*>(BIO_get_data(bio));
}

int read_bio(BIO* bio, char* to, std::size_t wanted, std::size_t* read) {
  BytesView& in = channel_of(bio).in;
  BIO_clear_retry_flags(bio);
  *read = std::min(wanted, in.size());
  if (*read == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(to, in.data(), *read);
  in = in.subspan(*read);
  return 1;
}

int write_bio(BIO* bio, const char* from, std::size_t size, std::size_t* written) {
  append(*channel_of(bio).out, BytesView{reinterpret_cast<const std::uint8_t*>(from), size});
  *written = size;
  return 1;
}

long control_bio(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* new_bio_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pond");
  if (method != nullptr) {
    BIO_meth_set_read_ex(method, read_bio);
    BIO_meth_set_write_ex(method, write_bio);
    BIO_meth_set_ctrl(method, control_bio);
  }
  return method;
}

Result<void> judge(TlsChannel& channel, X509_STORE_CTX* chain) {
  if (sk_X509_num(X509_STORE_CTX_get0_untrusted(chain)) != 1) {
    return fail(Errc::kProtocol, "the peer sent more than one certificate");
  }
  X509* certificate = X509_STORE_CTX_get0_cert(chain);
  if (to_der(certificate).size() > kMaxTlsCertificateBytes) {
    return fail(Errc::kTooLarge, "the certificate is over the limit");
  }
  POND_TRY(crypto::PublicKey key, verify_tls_x509(certificate, channel.options.now));
  channel.remote_peer = wire::PeerId::from_public_key(key);
  if (channel.options.expected_peer && *channel.options.expected_peer != channel.remote_peer) {
    return fail(Errc::kWrongPeer, "another peer than the one that was dialled");
  }
  channel.remote_key = std::move(key);
  return {};
}

}  // namespace

BIO* make_tls_bio(TlsChannel& channel) {
  static BIO_METHOD* const method = new_bio_method();
  BIO* bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio != nullptr) {
    BIO_set_data(bio, &channel);
    BIO_set_init(bio, 1);
  }
  return bio;
}

int judge_tls_chain(X509_STORE_CTX* chain, void*) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& channel = *static_cast<TlsChannel*>(SSL_get_app_data(ssl));
  if (const auto judged = judge(channel, chain); !judged) {
    channel.refusal = judged.error();
    X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_REJECTED);
    return 0;
  }
  return 1;
}

int select_tls_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                        unsigned int offered_size, void* context) {
  const Bytes& own = static_cast<const TlsContext*>(context)->alpn;
  unsigned char* match = nullptr;
  // Goes by the order of the list that it is given first, the client's here.
  const int outcome = SSL_select_next_proto(&match, chosen_size, offered, offered_size, own.data(),
                                            static_cast<unsigned int>(own.size()));
  if (outcome != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

Error tls_error(const TlsChannel& channel) {
  if (channel.refusal) {
    return *channel.refusal;
  }
  const unsigned long error = ERR_peek_error();
  const int reason = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) {
    return {Errc::kProtocol, "the peer broke the rules of TLS"};
  }
  if (reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) {
    return {Errc::kUnsupported, "the peer does not speak TLS 1.3"};
  }
  if (reason > SSL_AD_REASON_OFFSET) {
    return {Errc::kRefused, "the peer gave up with a TLS alert"};
  }
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_WRONG_SSL_VERSION:
      return {Errc::kUnsupported, "the peer does not speak TLS 1.3"};
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return {Errc::kUnsupported, "no application protocol of TLS in common"};
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      return {Errc::kUnsupported, "no cipher, group or signature of TLS in common"};
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return {Errc::kProtocol, "the peer showed no certificate"};
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
    case SSL_R_BAD_SIGNATURE:
    case SSL_R_DIGEST_CHECK_FAILED:
      return {Errc::kBadSignature, "a TLS record or signature does not verify"};
    default:
      return {Errc::kProtocol, "the peer broke the rules of TLS"};
  }
}

}  // namespace pond::upgrade
