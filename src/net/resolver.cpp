#include "resolver.hpp"

#include <array>
#include <chrono>
#include <map>
#include <utility>

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <sys/select.h>

namespace pond::net {
namespace {

namespace asio = boost::asio;

constexpr int kQueryTimeout_ms = 2000;
constexpr int kTries = 2;
/// Answers taken of one look-up; a dial tries fewer.
constexpr std::size_t kMaxAnswers = 64;

std::string to_text(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, address, text.data(), text.size()) != nullptr ? std::string{text.data()} : std::string{};
}

Result<std::vector<std::string>> checked(std::vector<std::string> answers) {
  if (answers.empty()) {
    return fail(Errc::kDns, "the name does not resolve");
  }
  return answers;
}

Result<std::vector<std::string>> addresses_of(int status, const ares_addrinfo* info) {
  std::vector<std::string> answers;
  if (status == ARES_SUCCESS && info != nullptr) {
    for (const ares_addrinfo_node* node = info->nodes; node != nullptr && answers.size() < kMaxAnswers;
         node = node->ai_next) {
      const void* address = nullptr;
      if (node->ai_family == AF_INET) {
        address = &reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr;
      } else if (node->ai_family == AF_INET6) {
        address = &reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr;
      }
      if (address != nullptr) {
        answers.push_back(to_text(node->ai_family, address));
      }
    }
  }
  return checked(std::move(answers));
}

Result<std::vector<std::string>> texts_of(int status, const unsigned char* reply, int length) {
  std::vector<std::string> answers;
  ares_txt_ext* records = nullptr;
  if (status == ARES_SUCCESS && ares_parse_txt_reply_ext(reply, length, &records) == ARES_SUCCESS) {
    for (const ares_txt_ext* record = records; record != nullptr; record = record->next) {
      // A record longer than 255 octets comes as several strings, of which the first is marked.
      if (record->record_start != 0) {
        if (answers.size() == kMaxAnswers) {
          break;
        }
        answers.emplace_back();
      }
      if (!answers.empty()) {
        answers.back().append(reinterpret_cast<const char*>(record->txt), record->length);
      }
    }
    ares_free_data(records);
  }
  return checked(std::move(answers));
}

}  // namespace

struct Resolver::Impl {
  explicit Impl(asio::io_context& the_io) : io(the_io), timer(the_io) {
    ares_options options{};
    options.timeout = kQueryTimeout_ms;
    options.tries = kTries;
    options.sock_state_cb = &Impl::socket_changed;
    options.sock_state_cb_data = this;
    if (ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB) !=
        ARES_SUCCESS) {
      channel = nullptr;
    }
  }

  ~Impl() {
    dying = true;
    if (channel != nullptr) {
      ares_destroy(channel);
    }
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  struct Socket {
    explicit Socket(asio::io_context& io, int fd) : descriptor(io, fd) {}
    ~Socket() { descriptor.release(); }  // c-ares closes it
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    asio::posix::stream_descriptor descriptor;
    bool wants_read = false;
    bool wants_write = false;
    bool reading = false;
    bool writing = false;
  };

  struct Query {
    Impl* owner;
    Handler handler;
  };

  static void socket_changed(void* data, ares_socket_t fd, int readable, int writable) {
    auto* self = static_cast<Impl*>(data);
    if (readable == 0 && writable == 0) {
      self->sockets.erase(fd);
      return;
    }
    auto& socket = self->sockets[fd];
    if (!socket) {
      socket = std::make_shared<Socket>(self->io, fd);
    }
    socket->wants_read = readable != 0;
    socket->wants_write = writable != 0;
    self->wait(fd);
  }

  void wait(ares_socket_t fd) {
    const std::shared_ptr<Socket>& socket = sockets.at(fd);
    const std::weak_ptr<Socket> weak = socket;
    if (socket->wants_read && !socket->reading) {
      socket->reading = true;
      socket->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                    [this, weak, fd](const boost::system::error_code& error) {
                                      if (const auto alive = weak.lock(); alive && !error) {
                                        alive->reading = false;
                                        process(fd, ARES_SOCKET_BAD);
                                      }
                                    });
    }
    if (socket->wants_write && !socket->writing) {
      socket->writing = true;
      socket->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                                    [this, weak, fd](const boost::system::error_code& error) {
                                      if (const auto alive = weak.lock(); alive && !error) {
                                        alive->writing = false;
                                        process(ARES_SOCKET_BAD, fd);
                                      }
                                    });
    }
  }

  void process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel, readable, writable);
    for (const ares_socket_t fd : {readable, writable}) {
      if (fd != ARES_SOCKET_BAD && sockets.contains(fd)) {
        wait(fd);
      }
    }
    arm();
  }

  /// c-ares has timeouts of its own, which it looks at when it is called.
  void arm() {
    timeval longest{.tv_sec = 1, .tv_usec = 0};
    timeval left{};
    if (sockets.empty()) {
      timer.cancel();
      return;
    }
    const timeval* due = ares_timeout(channel, &longest, &left);
    timer.expires_after(std::chrono::seconds{due->tv_sec} + std::chrono::microseconds{due->tv_usec});
    timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) {
        process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      }
    });
  }

  static void finish(void* data, Result<std::vector<std::string>> answers) {
    const std::unique_ptr<Query> query{static_cast<Query*>(data)};
    if (!query->owner->dying) {
      query->handler(std::move(answers));
    }
  }

  asio::io_context& io;
  asio::steady_timer timer;
  ares_channel channel = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Socket>> sockets;
  bool dying = false;
};

Resolver::Resolver(asio::io_context& io) : impl_(std::make_unique<Impl>(io)) {
}
Resolver::~Resolver() = default;

void Resolver::resolve(const std::string& name, swarm::NameKind kind, Handler handler) {
  if (impl_->channel == nullptr) {
    handler(fail(Errc::kDns, "the resolver could not be set up"));
    return;
  }
  auto* query = new Impl::Query{.owner = impl_.get(), .handler = std::move(handler)};  // owned by the callback
  if (kind == swarm::NameKind::kTxt) {
    ares_query(
        impl_->channel, name.c_str(), ns_c_in, ns_t_txt,
        [](void* data, int status, int, unsigned char* reply, int length) {
          Impl::finish(data, texts_of(status, reply, length));
        },
        query);
  } else {
    ares_addrinfo_hints hints{};
    hints.ai_family = kind == swarm::NameKind::kA ? AF_INET : AF_INET6;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(
        impl_->channel, name.c_str(), nullptr, &hints,
        [](void* data, int status, int, ares_addrinfo* info) {
          Impl::finish(data, addresses_of(status, info));
          ares_freeaddrinfo(info);
        },
        query);
  }
  impl_->arm();
}

}  // namespace pond::net
