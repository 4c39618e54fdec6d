#include "pond/net/accepting.hpp"

#include <list>
#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace pond::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Sockets of the loopback interface: what is accepted is the kernel's to say.
class AcceptingSockets : public ::testing::Test {
 protected:
  static void listen(Accepting<tcp>& accepting) {
    accepting.socket().open(tcp::v4());
    accepting.socket().bind({asio::ip::address_v4::loopback(), 0});
    accepting.socket().listen();
  }
  void connect(Accepting<tcp>& accepting) { clients.emplace_back(io).connect(accepting.socket().local_endpoint()); }

  asio::io_context io;
  std::list<tcp::socket> clients;
  std::vector<tcp::socket> accepted;
};

TEST_F(AcceptingSockets, HandsOverOneConnectionAfterAnother) {
  Accepting<tcp> accepting{io};
  listen(accepting);
  accepting.start([&](tcp::socket socket) { accepted.push_back(std::move(socket)); });
  for (int i = 0; i < 3; ++i) {
    connect(accepting);
  }
  while (accepted.size() < 3) {
    io.run_one();
  }
}

TEST_F(AcceptingSockets, GoesOnAfterAnAcceptThatFailed) {
  Accepting<tcp> accepting{io};
  listen(accepting);
  accepting.start([&](tcp::socket socket) { accepted.push_back(std::move(socket)); });
  // UBSan judges an object's type for the first time with a pipe, which cannot be had below: let it see them all.
  boost::asio::steady_timer timer{io, std::chrono::seconds{0}};
  timer.async_wait([](const boost::system::error_code&) {});
  io.run_one();
  connect(accepting);
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = files.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  io.run_one();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_TRUE(accepted.empty());
  while (accepted.empty() && io.run_one_for(std::chrono::seconds{30}) > 0) {
  }
  EXPECT_EQ(accepted.size(), 1U);
}

TEST_F(AcceptingSockets, AnAcceptOnItsWayIsDroppedWhenTheAcceptorIsGone) {
  std::list<Accepting<tcp>> both;
  std::size_t calls = 0;
  for (int i = 0; i < 2; ++i) {
    listen(both.emplace_back(io));
  }
  for (Accepting<tcp>& each : both) {
    connect(each);  // both are ready before the first handler runs
    each.start([&](const tcp::socket&) {
      ++calls;
      both.clear();
    });
  }
  io.run();
  EXPECT_EQ(calls, 1U);
}

TEST_F(AcceptingSockets, NothingIsLeftToWaitForAfterClose) {
  Accepting<tcp> accepting{io};
  listen(accepting);
  accepting.start([](const tcp::socket&) { FAIL(); });
  accepting.close();
  io.run();
  EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace pond::net
