//! A Kademlia node: one swarm, one query at a time.

use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

use futures::StreamExt;
use libp2p::core::ConnectedPoint;
use libp2p::identity::Keypair;
use libp2p::kad::{self, GetProvidersOk, GetRecordOk, Mode, PutRecordError, QueryId, QueryResult, Quorum};
use libp2p::multiaddr::{Multiaddr, Protocol};
use libp2p::swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{PeerId, StreamProtocol, SwarmBuilder, identify, noise, ping, tcp, tls, yamux};

use crate::clock::now_ms;
use crate::store::{CheckedStore, Keeps};
use crate::{Outcome, namespaces};

const QUERY_TIMEOUT: Duration = Duration::from_secs(10);
/// Nobody hangs up in the course of a test.
const IDLE_TIMEOUT: Duration = Duration::from_secs(600);

#[derive(NetworkBehaviour)]
struct Behaviour {
    identify: identify::Behaviour,
    kad: kad::Behaviour<CheckedStore>,
    ping: ping::Behaviour,
}

pub struct Node {
    swarm: Swarm<Behaviour>,
    protocol: StreamProtocol,
    /// Addresses at which this node has reached others.
    reached: Vec<(PeerId, Multiaddr)>,
}

impl Node {
    /// Listens on a free TCP port of `ip`.
    pub async fn start(
        key: Keypair,
        protocol: StreamProtocol,
        mode: Mode,
        ip: IpAddr,
        keeps: Keeps,
    ) -> Outcome<Node> {
        let local = key.public().to_peer_id();
        let mut config = kad::Config::new(protocol.clone());
        config.set_query_timeout(QUERY_TIMEOUT);
        let mut kad = kad::Behaviour::with_config(local, CheckedStore::new(local, keeps), config);
        // Left to itself it stays a client until an address of its own is confirmed.
        kad.set_mode(Some(mode));
        let about = identify::Config::new("pond-interop/1.0.0".into(), key.public())
            .with_agent_version(concat!("pond-interop-rust/", env!("CARGO_PKG_VERSION")).into());

        let behaviour =
            Behaviour { identify: identify::Behaviour::new(about), kad, ping: ping::Behaviour::default() };
        let swarm = SwarmBuilder::with_existing_identity(key)
            .with_tokio()
            .with_tcp(tcp::Config::default(), (noise::Config::new, tls::Config::new), yamux::Config::default)?
            .with_behaviour(|_| behaviour)?
            .with_swarm_config(|config| config.with_idle_connection_timeout(IDLE_TIMEOUT))
            .build();

        let mut node = Node { swarm, protocol, reached: Vec::new() };
        node.swarm.listen_on(Multiaddr::from(ip).with(Protocol::Tcp(0)))?;
        loop {
            if let SwarmEvent::NewListenAddr { address, .. } = node.next().await {
                // ADD_PROVIDER carries external addresses alone.
                node.swarm.add_external_address(address);
                return Ok(node);
            }
        }
    }

    pub fn id(&self) -> PeerId {
        *self.swarm.local_peer_id()
    }

    pub fn addresses(&self) -> Vec<Multiaddr> {
        self.swarm.listeners().cloned().collect()
    }

    pub async fn serve(mut self) -> ! {
        loop {
            self.next().await;
        }
    }

    /// `address` ends in `/p2p/<id>`.
    pub async fn connect(&mut self, address: &Multiaddr) -> Outcome<PeerId> {
        let Some(Protocol::P2p(peer)) = address.iter().last() else {
            return Err(format!("{address} names no peer").into());
        };
        self.swarm.dial(address.clone())?;
        loop {
            match self.next().await {
                SwarmEvent::ConnectionEstablished { peer_id, .. } if peer_id == peer => return Ok(peer),
                SwarmEvent::OutgoingConnectionError { peer_id, error, .. } if peer_id == Some(peer) => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
    }

    pub async fn wait_in_table(&mut self, peer: PeerId) {
        while !self.in_table(&peer) {
            self.next().await;
        }
    }

    /// Succeeds when at least one other peer has stored it.
    pub async fn put(&mut self, key: &[u8], value: Vec<u8>) -> Outcome<()> {
        // With a smaller quorum the query ends before all the closest ones were asked. Where there are fewer
        // than 20 of them this one always fails, and the error says who has stored it.
        let record = kad::Record::new(key.to_vec(), value);
        let id = self.kad().put_record(record, Quorum::All)?;
        match self.finish(id).await.pop() {
            Some(QueryResult::PutRecord(Ok(_))) => Ok(()),
            Some(QueryResult::PutRecord(Err(
                PutRecordError::QuorumFailed { success, .. } | PutRecordError::Timeout { success, .. },
            ))) if !success.is_empty() => Ok(()),
            _ => Err("nobody stored it".into()),
        }
    }

    /// ADD_PROVIDER has no answer: that it was sent is all that can be known.
    pub async fn provide(&mut self, key: &[u8]) -> Outcome<()> {
        if self.kad().kbuckets().next().is_none() {
            return Err("nobody to tell".into());
        }
        let id = self.kad().start_providing(key.to_vec().into())?;
        match self.finish(id).await.pop() {
            Some(QueryResult::StartProviding(Ok(_))) => Ok(()),
            Some(QueryResult::StartProviding(Err(error))) => Err(error.into()),
            _ => Err("no outcome".into()),
        }
    }

    /// The best valid value that anybody has.
    pub async fn get(&mut self, key: &[u8]) -> Outcome<Vec<u8>> {
        let id = self.kad().get_record(key.to_vec().into());
        let mut values = Vec::new();
        for result in self.finish(id).await {
            match result {
                QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) => {
                    values.push(found.record.value)
                }
                QueryResult::GetRecord(Err(error)) => return Err(error.into()),
                _ => {}
            }
        }
        let answers = values.len();
        namespaces::best(key, values, now_ms())
            .ok_or_else(|| format!("none of {answers} values is valid").into())
    }

    pub async fn providers(&mut self, key: &[u8]) -> Outcome<HashSet<PeerId>> {
        let id = self.kad().get_providers(key.to_vec().into());
        let mut all = HashSet::new();
        for result in self.finish(id).await {
            match result {
                QueryResult::GetProviders(Ok(GetProvidersOk::FoundProviders { providers, .. })) => {
                    all.extend(providers);
                }
                QueryResult::GetProviders(Err(error)) => return Err(error.into()),
                _ => {}
            }
        }
        Ok(all)
    }

    /// Forgets the peer, asks the network for it, and returns the addresses out of the answers at which it
    /// was reached. The outcome of the query itself would leave out Kademlia clients.
    pub async fn find_peer(&mut self, peer: PeerId) -> Outcome<Vec<Multiaddr>> {
        if self.swarm.disconnect_peer_id(peer).is_ok() {
            while self.swarm.is_connected(&peer) {
                self.next().await;
            }
        }
        self.kad().remove_peer(&peer);
        self.reached.clear();
        let id = self.kad().get_closest_peers(peer);
        let results = self.finish(id).await;
        tracing::debug!(?results, "find peer");
        let reached = self.reached.drain(..).filter(|(id, _)| *id == peer);
        Ok(reached.map(|(_, address)| address).collect())
    }

    fn kad(&mut self) -> &mut kad::Behaviour<CheckedStore> {
        &mut self.swarm.behaviour_mut().kad
    }

    fn in_table(&mut self, peer: &PeerId) -> bool {
        let bucket = self.kad().kbucket(*peer);
        bucket.is_some_and(|bucket| bucket.iter().any(|entry| entry.node.key.preimage() == peer))
    }

    /// All that a query reports until it is over.
    async fn finish(&mut self, query: QueryId) -> Vec<QueryResult> {
        let mut results = Vec::new();
        loop {
            match self.next().await {
                SwarmEvent::Behaviour(BehaviourEvent::Kad(kad::Event::OutboundQueryProgressed {
                    id,
                    result,
                    step,
                    ..
                })) if id == query => {
                    results.push(result);
                    if step.last {
                        return results;
                    }
                }
                _ => {}
            }
        }
    }

    /// The next event, after what every node does about it.
    async fn next(&mut self) -> SwarmEvent<BehaviourEvent> {
        let event = self.swarm.select_next_some().await;
        tracing::debug!(?event);
        match &event {
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received {
                peer_id,
                info,
                ..
            })) => self.introduce(peer_id, info),
            SwarmEvent::ConnectionEstablished {
                peer_id,
                endpoint: ConnectedPoint::Dialer { address, .. },
                ..
            } => {
                self.reached.push((*peer_id, address.clone()));
            }
            _ => {}
        }
        event
    }

    /// Kademlia learns addresses from the application alone, and only servers belong into the table.
    fn introduce(&mut self, peer: &PeerId, info: &identify::Info) {
        if !info.protocols.contains(&self.protocol) {
            self.kad().remove_peer(peer);
            return;
        }
        for address in &info.listen_addrs {
            self.kad().add_address(peer, address.clone());
        }
    }
}
