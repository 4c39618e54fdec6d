#pragma once

#include <string>
#include <variant>

#include "pond/base/bytes.hpp"
#include "pond/base/time.hpp"
#include "pond/crypto/ethereum.hpp"
#include "pond/wire/multiaddr.hpp"
#include "pond/wire/peer_id.hpp"

#include "failure.hpp"
#include "reply.hpp"

namespace pond::cli {

// What a verb asks of a node, judged in one place: by the command line before anybody is asked, and by the node that
// gets it over its control socket, which is open to other programs of the same user. `text` is a key as it was written.

struct Lookup {
  crypto::EthAddress address;
};
struct Get {
  std::string text;
  Bytes key;
};
struct Put {
  std::string text;
  Bytes key;
  Bytes value;
};
struct Provide {
  std::string text;
  Bytes key;
};
struct Providers {
  std::string text;
  Bytes key;
};
struct Closest {
  std::string text;
  Bytes key;
};
struct FindPeer {
  std::string text;
  wire::PeerId id;
};
struct Ping {
  std::variant<wire::PeerId, wire::Multiaddr> peer;
};
struct Records {};
struct Health {};
struct Status {};

struct Request {
  std::variant<Lookup, Get, Put, Provide, Providers, Closest, FindPeer, Ping, Records, Health, Status> what;
  Duration timeout;
};

/// Reads a JSON object: `verb`, its arguments by the names of the command line (`address`, `key`, `valueBase64`,
/// `peer`, `raw`), and `timeoutMs` (1 to 3,600,000; what is outside is taken as the nearer end; 30,000 when absent).
/// Anything that cannot be asked is a usage error.
[[nodiscard]] Outcome<Request> parse_request(const Json& request);

}  // namespace pond::cli
