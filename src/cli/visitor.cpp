#include "visitor.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "pond/net/node_runner.hpp"
#include "pond/net/os.hpp"
#include "pond/store/memory_store.hpp"

#include "executor.hpp"

namespace pond::cli {
namespace {

constexpr Duration kStopWithin = 500ms;

}  // namespace

Reply run_visitor(node::Config config, Request request) {
  boost::asio::io_context io{1};
  net::OsRng rng;
  auto key = crypto::PrivateKey::generate(crypto::KeyType::kEd25519, rng);
  if (!key) {
    return to_reply({.exit = ExitCode::kFailed, .code = "internal", .message = std::string{key.error().what}});
  }
  store::MemoryStore store{config.limits.store, wire::PeerId::from_public_key(key->public_key())};
  auto made =
      node::Node::make(std::move(config), *std::move(key), store, rng, net::wall_anchor(), net::monotonic_now());
  if (!made) {
    return to_reply({.exit = ExitCode::kUsage, .code = "usage", .message = std::string{made.error().what}});
  }
  node::Node& node = **made;

  std::optional<Executor> executor;
  net::NodeRunner runner{io, node, [&](const node::Output& output) {
                           if (const auto* line = std::get_if<node::LogLine>(&output)) {
                             spdlog::debug("{}", line->text);
                           } else {
                             executor->on(output);
                           }
                         }};
  executor.emplace(io, runner, node);
  Reply reply{.exit = ExitCode::kFailed, .document = {}};
  runner.start();
  executor->run(std::move(request), [&](Reply done) {
    reply = std::move(done);
    // Not from within the node's own doing: it may be in the middle of telling us.
    boost::asio::post(io, [&] { runner.stop(kStopWithin, [&] { io.stop(); }); });
  });
  io.run();
  return reply;
}

}  // namespace pond::cli
