#include "lingering.hpp"

#include <array>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace pond::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Connections over the loopback interface, one end of each to be let go of.
class Lingering : public ::testing::Test {
 protected:
  struct Pair {
    tcp::socket near;
    tcp::socket far;
  };
  Pair make_pair() {
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    tcp::socket far{io};
    far.connect(acceptor.local_endpoint());
    return {acceptor.accept(), std::move(far)};
  }
  /// Everything that the far end still gets; nullopt when the connection was reset.
  std::optional<std::string> read_to_end(tcp::socket& far) {
    std::string all;
    std::optional<error_code> end;
    asio::async_read(far, asio::dynamic_buffer(all), [&](const error_code& error, std::size_t) { end = error; });
    while (!end) {
      io.run_one();
    }
    return *end == asio::error::eof ? std::optional{all} : std::nullopt;
  }

  asio::io_context io;
  int none = 0;
  LingeringSockets lingering{io, [this] { ++none; }};
};

TEST_F(Lingering, TheLastWordsArriveThoughThePeerStillSends) {
  Pair pair = make_pair();
  asio::write(pair.far, asio::buffer(std::string(100'000, 'x')));
  lingering.add(std::move(pair.near), Bytes(4U << 20, 'y'));  // more than the far end takes in before it reads
  const std::optional<std::string> got = read_to_end(pair.far);
  ASSERT_TRUE(got) << "what the peer had sent was not read, so closing reset the connection";
  EXPECT_EQ(got->size(), 4U << 20);
}

TEST_F(Lingering, ShortWordsArrive) {
  Pair pair = make_pair();
  lingering.add(std::move(pair.near), to_bytes("good-bye"));
  EXPECT_EQ(read_to_end(pair.far), "good-bye");
}

TEST_F(Lingering, EndsWhenThePeerCloses) {
  Pair pair = make_pair();
  const auto begin = std::chrono::steady_clock::now();
  lingering.add(std::move(pair.near), {});
  EXPECT_FALSE(lingering.none());
  pair.far.close();
  io.run();
  EXPECT_TRUE(lingering.none());
  EXPECT_EQ(none, 1);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{900}) << "the peer was waited for";
}

TEST_F(Lingering, EndsThoughThePeerNeverCloses) {
  Pair pair = make_pair();
  lingering.add(std::move(pair.near), {});
  io.run();
  EXPECT_TRUE(lingering.none());
  EXPECT_EQ(none, 1);
}

TEST_F(Lingering, ASocketOverTheLimitIsClosedAtOnce) {
  std::vector<tcp::socket> far;
  for (std::size_t i = 0; i < LingeringSockets::kMaxLingering; ++i) {
    Pair pair = make_pair();
    lingering.add(std::move(pair.near), {});
    far.push_back(std::move(pair.far));
  }
  Pair over = make_pair();
  lingering.add(std::move(over.near), to_bytes("never sent"));
  error_code error;
  std::array<char, 1> byte{};
  EXPECT_EQ(over.far.read_some(asio::buffer(byte), error), 0U);
  EXPECT_EQ(error, asio::error::eof);
}

}  // namespace
}  // namespace pond::net
