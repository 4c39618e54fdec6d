//! Bootstrap, provider and querier: interop/README.md, "The Kademlia contract".

use std::collections::HashSet;
use std::time::Duration;

use k256::sha2::{Digest, Sha256};
use libp2p::PeerId;
use libp2p::identity::Keypair;
use libp2p::kad::Mode;
use libp2p::multiaddr::{Multiaddr, Protocol};
use tokio::time::{sleep, timeout};

use crate::board::Board;
use crate::clock::now_ms;
use crate::ethereum::Wallet;
use crate::node::Node;
use crate::record::{self, Draft};
use crate::settings::{self, Profile};
use crate::{Outcome, namespaces};

const ATTEMPTS: usize = 10;
const PAUSE: Duration = Duration::from_secs(1);
const TABLE_PATIENCE: Duration = Duration::from_secs(30);
const RECORD_LIFE_MS: u64 = 24 * 3600 * 1000;
const GREETING: &str = "hello from";

const BOOTSTRAP_ADDR: &str = "bootstrap_addr";
const PROVIDER_PEER: &str = "provider_peer";
const PROVIDER_DONE: &str = "provider_done";

/// The outcome of the first attempt that succeeds, or of the last; 1 s between two.
macro_rules! patiently {
    ($attempt:expr) => {{
        let mut attempts = 1;
        loop {
            match $attempt {
                Err(error) if attempts < ATTEMPTS => tracing::info!(%error, attempts, "again"),
                outcome => break outcome,
            }
            attempts += 1;
            sleep(PAUSE).await;
        }
    }};
}

/// The keys of one test; who publishes and who reads must derive the same.
struct Keys {
    test: String,
    profile: Profile,
}

impl Keys {
    fn wallet(&self) -> Wallet {
        let secret = Sha256::digest(format!("pond-interop-{}", self.test));
        Wallet::new(&secret.into()).expect("a hash is a key but once in 2^128")
    }

    fn eth(&self) -> Vec<u8> {
        record::key_of(&self.wallet().address())
    }

    fn example(&self) -> Vec<u8> {
        format!("/example/data/{}", self.test).into_bytes()
    }

    fn public_key(peer: PeerId) -> Vec<u8> {
        [b"/pk/".as_slice(), &peer.to_bytes()].concat()
    }

    /// What the provider provides.
    fn content(&self) -> Vec<u8> {
        let text = format!("interop-test-key-{}", self.test).into_bytes();
        match self.profile {
            Profile::Unified => text,
            Profile::Openpond => multihash(&self.eth()),
            Profile::Ipfs => multihash(&text),
        }
    }
}

/// sha2-256, with its code and length.
fn multihash(octets: &[u8]) -> Vec<u8> {
    [[0x12, 0x20].as_slice(), &Sha256::digest(octets)].concat()
}

pub async fn bootstrap(mut board: Board, profile: Profile) -> Outcome<()> {
    let node = start(&board, Keypair::generate_ed25519(), profile, Mode::Server).await?;
    let address = node.addresses().swap_remove(0).with(Protocol::P2p(node.id()));
    board.set(BOOTSTRAP_ADDR, &address.to_string()).await?;
    node.serve().await
}

pub async fn provider(mut board: Board, test: &str, profile: Profile, mode: Mode) -> Outcome<()> {
    let keys = Keys { test: test.to_owned(), profile };
    let identity = Keypair::generate_ed25519();
    let bootstrap: Multiaddr = board.wait_for(BOOTSTRAP_ADDR).await?.parse()?;
    let mut node = start(&board, identity.clone(), profile, mode).await?;
    join(&mut node, &bootstrap).await?;

    let mut values = Vec::new();
    if profile == Profile::Openpond {
        values.push((keys.eth(), eth_record(&node, &keys.wallet())));
    } else {
        values.push((keys.example(), format!("{GREETING} rust client").into_bytes()));
    }
    if profile == Profile::Ipfs {
        values.push((Keys::public_key(node.id()), identity.public().encode_protobuf()));
    }
    for (key, value) in values {
        patiently!(node.put(&key, value.clone()).await)?;
    }
    patiently!(node.provide(&keys.content()).await)?;

    board.set(PROVIDER_PEER, &node.id().to_string()).await?;
    board.set(PROVIDER_DONE, "done").await?;
    node.serve().await
}

/// Prints a line for each thing it asked for; fails with the first that went wrong.
pub async fn querier(mut board: Board, test: &str, profile: Profile) -> Outcome<()> {
    let keys = Keys { test: test.to_owned(), profile };
    board.wait_for(PROVIDER_DONE).await?;
    let bootstrap: Multiaddr = board.wait_for(BOOTSTRAP_ADDR).await?.parse()?;
    let provider: PeerId = board.wait_for(PROVIDER_PEER).await?.parse()?;
    let mut node = start(&board, Keypair::generate_ed25519(), profile, Mode::Client).await?;
    join(&mut node, &bootstrap).await?;

    let mut first = Ok(());
    let mut report = |what: &str, outcome: Outcome<()>| match outcome {
        Ok(()) => println!("{what}: ok"),
        Err(error) => {
            println!("{what}: {}", crate::one_line(&error.to_string()));
            if first.is_ok() {
                first = Err(format!("{what}: {error}").into());
            }
        }
    };
    let mut ports = HashSet::new();
    report("get_value", patiently!(read_values(&mut node, &keys, provider, &mut ports).await));
    report("find_providers", patiently!(find_provider(&mut node, &keys, provider).await));
    if profile != Profile::Unified {
        report("find_peer", patiently!(find_peer(&mut node, provider, &ports).await));
    }
    first
}

/// Adds the provider's ports to `ports`, where a record names them.
async fn read_values(node: &mut Node, keys: &Keys, provider: PeerId, ports: &mut HashSet<u16>) -> Outcome<()> {
    if keys.profile == Profile::Openpond {
        let value = node.get(&keys.eth()).await?;
        let record = record::verify(&keys.eth(), &value, namespaces::NETWORK, now_ms())?;
        ports.extend(ports_of(&record.addresses));
        return holds(record.peer == provider, || format!("the record names {}", record.peer));
    }
    let value = node.get(&keys.example()).await?;
    let greets = value.windows(GREETING.len()).any(|part| part == GREETING.as_bytes());
    holds(greets, || format!("the value is {}", String::from_utf8_lossy(&value)))?;
    if keys.profile == Profile::Ipfs {
        node.get(&Keys::public_key(provider)).await.map_err(|error| format!("public key: {error}"))?;
    }
    Ok(())
}

async fn find_provider(node: &mut Node, keys: &Keys, provider: PeerId) -> Outcome<()> {
    let found = node.providers(&keys.content()).await?;
    let enough = if keys.profile == Profile::Unified { !found.is_empty() } else { found.contains(&provider) };
    holds(enough, || format!("{} others found", found.len()))
}

/// Where nothing named a port, any address at which it answers will do.
async fn find_peer(node: &mut Node, provider: PeerId, ports: &HashSet<u16>) -> Outcome<()> {
    let addresses = node.find_peer(provider).await?;
    holds(!addresses.is_empty(), || "no address at which it answers".into())?;
    let right = ports.is_empty() || ports_of(&addresses).any(|port| ports.contains(&port));
    holds(right, || format!("none of {addresses:?} ends at the provider's port"))
}

fn ports_of(addresses: &[Multiaddr]) -> impl Iterator<Item = u16> {
    addresses.iter().flat_map(|address| address.iter()).filter_map(|part| match part {
        Protocol::Tcp(port) => Some(port),
        _ => None,
    })
}

fn holds(condition: bool, otherwise: impl FnOnce() -> String) -> Outcome<()> {
    if condition { Ok(()) } else { Err(otherwise().into()) }
}

async fn start(board: &Board, identity: Keypair, profile: Profile, mode: Mode) -> Outcome<Node> {
    Node::start(identity, profile.protocol(), mode, board.own_ip()?, settings::keeps()?).await
}

async fn join(node: &mut Node, bootstrap: &Multiaddr) -> Outcome<()> {
    let peer = patiently!(node.connect(bootstrap).await)?;
    let joined = timeout(TABLE_PATIENCE, node.wait_in_table(peer)).await;
    joined.map_err(|_| "the bootstrap node did not enter the routing table".into())
}

fn eth_record(node: &Node, wallet: &Wallet) -> Vec<u8> {
    let timestamp = now_ms();
    let draft = Draft {
        network: namespaces::NETWORK,
        peer: node.id(),
        timestamp,
        expires: timestamp + RECORD_LIFE_MS,
        name: "interop-rust",
        addresses: &node.addresses(),
    };
    record::sign(&draft, wallet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_those_of_tcp() {
        let addresses: Vec<Multiaddr> =
            ["/ip4/127.0.0.1/tcp/4001", "/ip4/127.0.0.1/udp/5/quic-v1", "/ip6/::1/tcp/4002/ws"]
                .map(|text| text.parse().unwrap())
                .into();
        assert_eq!(ports_of(&addresses).collect::<Vec<_>>(), [4001, 4002]);
    }
}
