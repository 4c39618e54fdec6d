#include "acquaintances.hpp"

#include <algorithm>

namespace pond::kad {

Acquaintances::~Acquaintances() {
  for (const Client& client : clients_) {
    if (client.left) {
      book_.unpin(client.peer);
    }
  }
}

void Acquaintances::up(PeerHandle peer, bool serves_kad) {
  forget_client(peer);
  if (servers_.size() == servers_.capacity()) {
    servers_.reserve(servers_.size() + servers_.size() / 4 + 4);  // not twice as many: see the header on size
  }
  const auto server = std::ranges::lower_bound(servers_, peer);
  const bool known = server != servers_.end() && *server == peer;
  if (serves_kad && !known) {
    servers_.insert(server, peer);
  } else if (!serves_kad) {
    if (known) {
      servers_.erase(server);
    }
    clients_.insert(std::ranges::lower_bound(clients_, peer, {}, &Client::peer), {.peer = peer, .left = std::nullopt});
  }
}

void Acquaintances::down(PeerHandle peer, Instant now) {
  if (const auto server = std::ranges::lower_bound(servers_, peer); server != servers_.end() && *server == peer) {
    servers_.erase(server);
    return;
  }
  const auto client = std::ranges::lower_bound(clients_, peer, {}, &Client::peer);
  if (client == clients_.end() || client->peer != peer || client->left) {
    return;
  }
  client->left = now;
  book_.pin(peer);
  if (++departed_ > kMaxDeparted) {
    forget_one_departed();
  }
}

bool Acquaintances::is_server(PeerHandle peer) const {
  return std::ranges::binary_search(servers_, peer);
}

bool Acquaintances::is_connected_client(PeerHandle peer) const {
  const auto client = find_client(peer);
  return client != clients_.end() && !client->left;
}

Acquaintances::Clients::const_iterator Acquaintances::find_client(PeerHandle peer) const {
  const auto client = std::ranges::lower_bound(clients_, peer, {}, &Client::peer);
  return client != clients_.end() && client->peer == peer ? client : clients_.end();
}

void Acquaintances::forget_client(PeerHandle peer) {
  const auto client = find_client(peer);
  if (client == clients_.end()) {
    return;
  }
  const bool had_left = client->left.has_value();
  clients_.erase(client);
  if (had_left) {
    --departed_;
    book_.unpin(peer);
  }
}

void Acquaintances::forget_one_departed() {
  const Client* first = nullptr;
  for (const Client& client : clients_) {
    if (client.left && (first == nullptr || *client.left < *first->left)) {
      first = &client;
    }
  }
  forget_client(first->peer);
}

}  // namespace pond::kad
