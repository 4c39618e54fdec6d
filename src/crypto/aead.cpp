#include "pond/crypto/aead.hpp"

#include <algorithm>
#include <climits>

#include "openssl.hpp"
#include "require.hpp"

namespace pond::crypto {
namespace {

enum class Direction : int { kOpen = 0, kSeal = 1 };

const EVP_CIPHER* chacha_poly_algorithm() {
  static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  require(algorithm != nullptr);
  return algorithm;
}

/// Feeds `in` to the cipher; associated data when `out` is null. OpenSSL counts in int.
void update(EVP_CIPHER_CTX* context, BytesView in, std::uint8_t* out) {
  while (!in.empty()) {
    const int take = static_cast<int>(std::min<std::size_t>(in.size(), INT_MAX));
    int written = 0;
    require(EVP_CipherUpdate(context, out, &written, in.data(), take) == 1);
    if (out != nullptr) {
      require(written == take);
      out += take;
    }
    in = in.subspan(static_cast<std::size_t>(take));
  }
}

}  // namespace

struct ChaChaPoly::Impl {
  explicit Impl(const Digest& key) : context(EVP_CIPHER_CTX_new()) {
    require(context != nullptr &&
            EVP_CipherInit_ex2(context.get(), chacha_poly_algorithm(), key.data(), nullptr, 1, nullptr) == 1);
  }

  void start(Direction direction, std::uint64_t nonce) {
    std::array<std::uint8_t, 12> octets{};
    for (std::size_t i = 4; i < octets.size(); ++i) {
      octets[i] = static_cast<std::uint8_t>(nonce);
      nonce >>= 8;
    }
    require(EVP_CipherInit_ex2(context.get(), nullptr, nullptr, octets.data(), static_cast<int>(direction), nullptr) ==
            1);
  }

  CipherContext context;
};

ChaChaPoly::ChaChaPoly(const Digest& key) : impl_(std::make_unique<Impl>(key)) {
}
ChaChaPoly::ChaChaPoly(ChaChaPoly&&) noexcept = default;
ChaChaPoly& ChaChaPoly::operator=(ChaChaPoly&&) noexcept = default;
ChaChaPoly::~ChaChaPoly() = default;

void ChaChaPoly::seal(std::uint64_t nonce, BytesView associated_data, BytesView plaintext,
                      std::span<std::uint8_t> out) {
  require(out.size() >= kTagBytes && out.size() - kTagBytes == plaintext.size());
  EVP_CIPHER_CTX* const context = impl_->context.get();
  impl_->start(Direction::kSeal, nonce);
  update(context, associated_data, nullptr);
  update(context, plaintext, out.data());
  std::uint8_t* const tag = out.data() + plaintext.size();
  int written = 0;
  require(EVP_CipherFinal_ex(context, tag, &written) == 1);
  require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag) == 1);
}

Result<void> ChaChaPoly::open(std::uint64_t nonce, BytesView associated_data, BytesView ciphertext,
                              std::span<std::uint8_t> out) {
  if (ciphertext.size() < kTagBytes) {
    return fail(Errc::kBadSignature, "ciphertext shorter than its tag");
  }
  const BytesView body = ciphertext.first(ciphertext.size() - kTagBytes);
  require(out.size() == body.size());
  std::array<std::uint8_t, kTagBytes> tag;
  std::ranges::copy(ciphertext.last(kTagBytes), tag.begin());

  const ErrorScope scope;
  EVP_CIPHER_CTX* const context = impl_->context.get();
  impl_->start(Direction::kOpen, nonce);
  require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  update(context, associated_data, nullptr);
  update(context, body, out.data());
  int written = 0;
  std::array<std::uint8_t, kTagBytes> nothing;
  if (EVP_CipherFinal_ex(context, nothing.data(), &written) != 1) {
    return fail(Errc::kBadSignature, "ChaCha20-Poly1305 tag does not verify");
  }
  return {};
}

}  // namespace pond::crypto
