#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "pond/base/result.hpp"
#include "pond/swarm/types.hpp"

namespace pond::net {

/// Names to addresses and TXT records, by c-ares on the event loop: unlike the system's resolver it knows TXT, never
/// blocks, and can be given up at any time. The hosts file is honoured for addresses.
class Resolver {
 public:
  /// IP literals, or the strings of the TXT records. kDns when there are none or the servers do not answer.
  using Handler = std::function<void(Result<std::vector<std::string>>)>;

  explicit Resolver(boost::asio::io_context& io);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// `handler` may be called before this returns. Not called any more once the resolver is gone.
  void resolve(const std::string& name, swarm::NameKind kind, Handler handler);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pond::net
