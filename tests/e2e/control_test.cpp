// The control socket: where it lies, who may use it, what it makes of silence, of haste and of nonsense.

#include <csignal>
#include <filesystem>
#include <list>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control_session.hpp"
#include "mute_peer.hpp"
#include "nodes.hpp"

namespace pond::e2e {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat about{};
  return lstat(path.c_str(), &about) == 0 ? about.st_mode & 07777 : 0;
}

bool exists(const std::string& path) {
  struct stat about{};
  return lstat(path.c_str(), &about) == 0;
}

/// A socket's file that nobody listens on any more.
void leave_stale_socket(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
  close(fd);
}

TEST(Control, SocketIsForItsOwnerOnly) {
  const Node node = Node::bootstrap();
  EXPECT_EQ(mode_of(node.control()), 0600U);
}

TEST(Control, SocketIsRemovedAtTheEnd) {
  Node node = Node::bootstrap();
  node.process().line("ready");
  ASSERT_TRUE(exists(node.control()));
  node.stop();
  EXPECT_FALSE(exists(node.control()));
}

/// Starts a bootstrap node with further arguments and that runtime directory.
Launch bootstrap_in(const std::string& runtime, const std::vector<std::string>& more = {}) {
  Launch launch{.args = {"bootstrap", "--listen", "/ip4/127.0.0.1/tcp/0"},
                .env = {{"BOOTSTRAP_PRIVATE_KEY", libp2p_key_text(1)}, {"XDG_RUNTIME_DIR", runtime}}};
  launch.args.insert(launch.args.end(), more.begin(), more.end());
  return launch;
}

TEST(Control, AStaleSocketIsReplaced) {
  const TempDir dir;
  leave_stale_socket(dir.file("control"));
  Process node{bootstrap_in(dir.path(), {"--control", dir.file("control")})};
  node.line("ready");
  EXPECT_EQ(run({"status", "--node", dir.file("control")}).exit, 0);
}

TEST(Control, ALiveSocketIsRefusedWhenNamed) {
  const TempDir dir;
  Process node{bootstrap_in(dir.path(), {"--control", dir.file("control")})};
  node.line("ready");
  const Finished second = run(bootstrap_in(dir.path(), {"--control", dir.file("control")}));
  EXPECT_EQ(second.exit, 1);
  EXPECT_NE(second.err.find("--control"), std::string::npos) << second.err;
  EXPECT_EQ(run({"status", "--node", dir.file("control")}).exit, 0);
}

TEST(Control, AFileThatIsNoSocketIsLeftAlone) {
  const TempDir dir;
  const std::string path = dir.write("control", "precious");
  EXPECT_EQ(run(bootstrap_in(dir.path(), {"--control", path})).exit, 1);
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST(Control, TheDefaultPathIsTheUsersRuntimeDirectory) {
  const TempDir dir;
  Process node{bootstrap_in(dir.path())};
  node.line("ready");
  EXPECT_EQ(mode_of(dir.file("pond.sock")), 0600U);
  EXPECT_EQ(run(Launch{.args = {"status"}, .env = {{"XDG_RUNTIME_DIR", dir.path()}}}).exit, 0);
}

TEST(Control, ASecondNodeOnTheDefaultPathHasNone) {
  const TempDir dir;
  Process first{bootstrap_in(dir.path())};
  first.line("ready");
  Process second{bootstrap_in(dir.path())};
  second.line("ready");
  second.signal(SIGTERM);
  EXPECT_EQ(second.finish().exit, 0);
  EXPECT_TRUE(exists(dir.file("pond.sock"))) << "the first node's socket must stay";
  EXPECT_EQ(run(Launch{.args = {"status"}, .env = {{"XDG_RUNTIME_DIR", dir.path()}}}).exit, 0);
}

TEST(Control, WithoutARuntimeDirectoryTheSocketsDirectoryIsForItsOwnerOnly) {
  Process node{bootstrap_in("")};
  node.line("ready");
  EXPECT_EQ(mode_of("/tmp/pond-" + std::to_string(getuid())), 0700U);
}

// ---- A directory that is not the user's alone

TEST(ControlDirectory, ThatOthersCanWriteIntoGetsNoSocket) {
  const TempDir dir;
  ASSERT_EQ(chmod(dir.path().c_str(), 0777), 0);
  Process node{bootstrap_in(dir.path())};
  node.line("ready");
  EXPECT_FALSE(exists(dir.file("pond.sock")));
  EXPECT_NE(node.err().find("no control socket"), std::string::npos) << node.err();
}

TEST(ControlDirectory, ThatOthersCanWriteIntoIsNotAsked) {
  const TempDir dir;
  Process node{bootstrap_in(dir.path())};
  node.line("ready");
  const Launch status{.args = {"status", "--json"}, .env = {{"XDG_RUNTIME_DIR", dir.path()}}};
  ASSERT_EQ(run(status).exit, 0);
  for (const mode_t mode : {0720U, 0702U}) {
    ASSERT_EQ(chmod(dir.path().c_str(), mode), 0);
    const Finished refused = run(status);
    EXPECT_EQ(refused.exit, 1);
    EXPECT_EQ(refused.json()["error"]["code"], "control") << refused.out;
  }
  EXPECT_EQ(run({"status", "--node", dir.file("pond.sock")}).exit, 0) << "a path that is named is the user's choice";
}

TEST(ControlDirectory, OfAnotherUserIsNotAsked) {
  const TempDir dir;
  Process node{bootstrap_in(dir.path())};
  node.line("ready");
  std::string others = "/";  // root's
  if (getuid() == 0) {
    ASSERT_EQ(chown(dir.path().c_str(), 1, 1), 0);
    others = dir.path();
  }
  const Finished refused = run(Launch{.args = {"status", "--json"}, .env = {{"XDG_RUNTIME_DIR", others}}});
  EXPECT_EQ(refused.exit, 1);
  EXPECT_EQ(refused.json()["error"]["code"], "control") << refused.out;
}

// ---- Sessions

TEST(ControlSessions, OneTakesARequestAfterAnother) {
  const Node node = Node::bootstrap();
  ControlSession session{node.control()};
  for (const char* verb : {"status", "health", "records"}) {
    EXPECT_EQ(session.ask(verb)["exit"], 0) << verb;
  }
}

TEST(ControlSessions, RequestsSentAtOnceAreAnsweredInTurn) {
  const Node node = Node::bootstrap();
  ControlSession session{node.control()};
  ASSERT_TRUE(session.send("{\"verb\":\"health\"}\n{\"verb\":\"status\"}\n"));
  EXPECT_TRUE(Json::parse(session.line().value())["document"].contains("ready"));
  EXPECT_TRUE(Json::parse(session.line().value())["document"].contains("uptimeS"));
}

TEST(ControlSessions, NonsenseIsAnsweredAsAUsageError) {
  const Node node = Node::bootstrap();
  ControlSession session{node.control()};
  for (const char* nonsense :
       {"no json", "[]", "7", "{}", R"({"verb":7})", R"({"verb":"frobnicate"})", R"({"verb":"get"})",
        R"({"verb":"get","key":"plain"})", R"({"verb":"put","key":"/test/x","valueBase64":"?"})",
        R"({"verb":"lookup","address":"0x12"})", R"({"verb":"ping","peer":"nobody"})", R"({"verb":"provide","key":""})",
        R"({"verb":"find-peer","peer":[]})"}) {
    ASSERT_TRUE(session.send(std::string{nonsense} + "\n"));
    const Json reply = Json::parse(session.line().value());
    EXPECT_EQ(reply["exit"], 2) << nonsense;
    EXPECT_EQ(reply["document"]["error"]["code"], "usage") << nonsense;
  }
}

TEST(ControlSessions, ARequestWithoutAnEndIsClosed) {
  const Node node = Node::bootstrap();
  ControlSession session{node.control()};
  session.send(std::string(200 * 1024, ' '));
  EXPECT_EQ(session.line(), std::nullopt);
  EXPECT_EQ(node.ask({"status"}).exit, 0);
}

TEST(ControlSessions, AreSixtyFourAtMost) {
  const Node node = Node::bootstrap();
  std::list<ControlSession> sessions;
  for (int i = 0; i < 64; ++i) {
    sessions.emplace_back(node.control());
    ASSERT_EQ(sessions.back().ask("health")["exit"], 0) << i;
  }
  ControlSession late{node.control()};
  EXPECT_EQ(late.line(), std::nullopt);
  sessions.pop_front();
  const auto deadline = Clock::now() + kPatience;
  while (ControlSession{node.control()}.ask("health").is_null() && Clock::now() < deadline) {
  }
  EXPECT_EQ(sessions.back().ask("health")["exit"], 0);
  EXPECT_LT(Clock::now(), deadline) << "a place that is left is given away";
}

/// Both at once, because it takes the 10 s that a node waits.
TEST(ControlSessions, ASilentOneIsClosedAndOneThatWaitsForItsAnswerIsNot) {
  const Node node = Node::bootstrap();
  const MutePeer mute;
  const auto begin = Clock::now();
  ControlSession silent{node.control()};
  ControlSession halting{node.control()};
  ASSERT_TRUE(halting.send("{\"verb\":"));
  ControlSession waiting{node.control()};
  // Half a second goes by, so that the answer, 10 s after the request, comes later than 10 s after the session began.
  ASSERT_EQ(node.ask({"ping", mute.address(), "--timeout", "0.5"}).exit, 4);
  ASSERT_TRUE(waiting.send(Json{{"verb", "ping"}, {"peer", mute.address()}}.dump() + "\n"));
  EXPECT_EQ(silent.line(), std::nullopt);
  EXPECT_GT(Clock::now() - begin, std::chrono::milliseconds{9'900});
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds{20});
  EXPECT_EQ(halting.line(), std::nullopt);
  const std::optional<std::string> answer = waiting.line();
  ASSERT_TRUE(answer);
  EXPECT_GT(Clock::now() - begin, std::chrono::milliseconds{10'300});
  EXPECT_EQ(Json::parse(*answer)["exit"], 4) << *answer;
  EXPECT_EQ(waiting.ask("health")["exit"], 0);
}

TEST(ControlSessions, AreAcceptedAgainAfterTheNodeHadNoFilesLeft) {
  Node node = Node::bootstrap();
  ControlSession early{node.control()};
  ASSERT_EQ(early.ask("health")["exit"], 0);
  std::optional<ControlSession> late;
  {
    const NoFilesLeft limit{node.process()};
    late.emplace(node.control());
    early.ask("health");  // by now it has tried to accept
  }
  EXPECT_EQ(late->ask("health")["exit"], 0);
}

}  // namespace
}  // namespace pond::e2e
