// SIGTERM before a node is up, and while a verb is under way.

#include <csignal>
#include <stdexcept>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mute_peer.hpp"
#include "nodes.hpp"

namespace pond::e2e {
namespace {

/// A FIFO that is as full as can be: whoever writes to it waits.
class FullFifo {
 public:
  explicit FullFifo(std::string path) : path_(std::move(path)) {
    if (mkfifo(path_.c_str(), 0600) != 0) {
      throw std::runtime_error("mkfifo");
    }
    fd_ = open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    while (write(fd_, "x", 1) == 1) {
    }
  }
  ~FullFifo() { close(fd_); }
  FullFifo(const FullFifo&) = delete;
  FullFifo& operator=(const FullFifo&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int fd_ = -1;
};

class Stop : public ::testing::Test {
 protected:
  TempDir dir;
};

TEST_F(Stop, OfANodeThatIsNotUpYetIsACleanEnd) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const FullFifo log{dir.file("log" + std::to_string(signal))};
    // Without --key an agent says in its log that it makes a fresh identity, before anything else.
    Process agent{{.args = {"agent", "--listen", "/ip4/127.0.0.1/tcp/0", "--name", "a", "--bootstrap",
                            "/ip4/127.0.0.1/tcp/1/p2p/" + peer_id(1).to_base58()},
                   .env = {{"PRIVATE_KEY", eth_key(1).to_hex()}},
                   .err = log.path()}};
    agent.wait_asleep();
    agent.signal(signal);
    const Finished end = agent.finish();
    EXPECT_EQ(end.exit, 0);
    EXPECT_EQ(end.out, "");
  }
}

TEST_F(Stop, OfAVerbIsAFailureThatItTellsOf) {
  const MutePeer mute;
  Process verb{{.args = {"get", "/test/x", "--bootstrap", mute.address()}}};
  verb.wait_asleep();
  verb.signal(SIGTERM);
  const Finished end = verb.finish();
  EXPECT_EQ(end.exit, 1);
  EXPECT_EQ(end.out, "");
  EXPECT_EQ(end.err, "pond: stopped by SIGTERM\n");
}

TEST_F(Stop, OfAVerbIsOneJsonDocumentWhenThatIsWanted) {
  const std::string fifo = dir.file("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  Process verb{{.args = {"record", "verify", fifo, "--json"}}};  // it waits for somebody to write
  verb.wait_asleep();
  verb.signal(SIGTERM);
  const Finished end = verb.finish();
  EXPECT_EQ(end.exit, 1);
  EXPECT_EQ(end.err, "");
  EXPECT_EQ(end.json()["error"]["code"], "stopped");
}

TEST_F(Stop, BySigintIsSeenByTheShell) {
  const MutePeer mute;
  Process verb{{.args = {"get", "/test/x", "--bootstrap", mute.address()}}};
  verb.wait_asleep();
  verb.signal(SIGINT);
  EXPECT_EQ(verb.finish().exit, 128 + SIGINT);
}

}  // namespace
}  // namespace pond::e2e
