#include "key_files.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pond/wire/multibase.hpp"
#include "pond/wire/peer_id.hpp"

namespace pond::cli {
namespace {

/// The longest key file that is read: an 8192-bit RSA key takes about 6.3 KiB in base64.
constexpr std::size_t kMaxKeyFileBytes = 16 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Failure> bad_file(const std::string& path, std::string_view what) {
  return usage("key file " + path + ": " + std::string{what});
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  return text;
}

Outcome<std::string> read_secret_file(const std::string& path) {
  // A FIFO would be waited for until somebody writes to it.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.get() < 0) {
    return bad_file(path, std::strerror(errno));
  }
  struct stat about{};
  if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
    return bad_file(path, "not a regular file");
  }
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return bad_file(path, "others can read it; run: chmod 600 " + path);
  }
  std::string text;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0) {
      return bad_file(path, std::strerror(errno));
    }
    if (got == 0) {
      break;
    }
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > kMaxKeyFileBytes) {
      return bad_file(path, "too long for a key");
    }
  }
  explicit_bzero(chunk.data(), chunk.size());
  return text;
}

Outcome<void> write_secret_file(const std::string& path, std::string text) {
  const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (file.get() < 0) {
    if (errno == EEXIST) {
      return bad_file(path, "exists already; keys are never overwritten");
    }
    return failed("file", "cannot write " + path + ": " + std::strerror(errno));
  }
  text.push_back('\n');
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  const bool whole = written == static_cast<ssize_t>(text.size()) && ::fsync(file.get()) == 0;
  explicit_bzero(text.data(), text.size());
  if (!whole) {
    ::unlink(path.c_str());
    return failed("file", "cannot write " + path + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace

Outcome<crypto::PrivateKey> parse_libp2p_key(std::string_view text, std::string_view name) {
  const auto protobuf = wire::base64_decode(trim(text));
  if (!protobuf) {
    return usage(std::string{name} + " is not padded base64 of a libp2p private key");
  }
  auto key = wire::decode_private_key(*protobuf);
  if (!key) {
    return usage(std::string{name} + " is not a libp2p private key: " + std::string{key.error().what});
  }
  return *std::move(key);
}

Outcome<crypto::EthKey> parse_eth_key(std::string_view text, std::string_view name) {
  const auto key = crypto::EthKey::parse(trim(text));
  if (!key) {
    return usage(std::string{name} + " is not an Ethereum private key (0x and 64 hex digits)");
  }
  return *key;
}

Outcome<crypto::PrivateKey> load_libp2p_key(const std::string& path) {
  auto text = read_secret_file(path);
  if (!text) {
    return std::unexpected(std::move(text).error());
  }
  auto key = parse_libp2p_key(*text, path);
  explicit_bzero(text->data(), text->size());
  return key;
}

Outcome<crypto::EthKey> load_eth_key(const std::string& path) {
  auto text = read_secret_file(path);
  if (!text) {
    return std::unexpected(std::move(text).error());
  }
  auto key = parse_eth_key(*text, path);
  explicit_bzero(text->data(), text->size());
  return key;
}

Outcome<void> save_libp2p_key(const std::string& path, const crypto::PrivateKey& key) {
  return write_secret_file(path, wire::base64_encode(wire::encode_private_key(key)));
}

Outcome<void> save_eth_key(const std::string& path, const crypto::EthKey& key) {
  return write_secret_file(path, key.to_hex());
}

}  // namespace pond::cli
