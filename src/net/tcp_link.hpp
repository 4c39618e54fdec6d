#pragma once

#include <memory>

#include "link.hpp"

namespace pond::net {

/// A connection whose bytes travel as they are.
///
/// Reading: readiness first, then a read into the buffer that all links share, so that an idle connection has none.
/// Writing: in one system call what was pulled at once.
class TcpLink final : public Link, public std::enable_shared_from_this<TcpLink> {
 public:
  TcpLink(LinkHost& host, swarm::ConnId id, boost::asio::ip::tcp::socket socket)
      : host_(host), id_(id), socket_(std::move(socket)) {}

  void accept() override;
  void dial(const boost::asio::ip::tcp::endpoint& to, const std::string& host) override;
  void write() override;
  void close(Bytes last_bytes) override;

 private:
  void wait_read();
  void read();
  void wait_write();
  void prepare();

  LinkHost& host_;
  swarm::ConnId id_;
  boost::asio::ip::tcp::socket socket_;
  Bytes out_;
  std::size_t sent_ = 0;  // of `out_`
  bool waits_to_write_ = false;
};

}  // namespace pond::net
