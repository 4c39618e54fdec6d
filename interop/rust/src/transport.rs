//! Listener and dialer: interop/README.md, "The transport contract".

use std::net::IpAddr;
use std::time::{Duration, Instant};

use futures::{AsyncRead, AsyncWrite, StreamExt};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, Transport};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::multiaddr::{Multiaddr, Protocol};
use libp2p::swarm::{self, Swarm, SwarmEvent};
use libp2p::{PeerId, noise, ping, tcp, tls, yamux};
use tokio::time::timeout;

use crate::Outcome;
use crate::board::Board;
use crate::settings::Channel;

const LISTENER_ADDR: &str = "listener_multiaddr";
/// Beyond the end of every test: one ping is asked for.
const PING_INTERVAL: Duration = Duration::from_secs(3600);

impl Channel {
    pub fn is_supported(&self) -> bool {
        matches!(self.transport.as_str(), "tcp" | "ws")
            && matches!(self.security.as_str(), "noise" | "tls")
            && self.muxer == "yamux"
    }

    fn swarm(&self) -> Outcome<Swarm<ping::Behaviour>> {
        let key = Keypair::generate_ed25519();
        let config = swarm::Config::with_tokio_executor().with_idle_connection_timeout(self.timeout);
        let ping = ping::Behaviour::new(ping::Config::new().with_interval(PING_INTERVAL));
        Ok(Swarm::new(self.secured(&key)?, ping, key.public().to_peer_id(), config))
    }

    fn secured(&self, key: &Keypair) -> Outcome<Boxed<(PeerId, StreamMuxerBox)>> {
        let bare = self.bare().upgrade(Version::V1);
        Ok(if self.security == "tls" {
            bare.authenticate(tls::Config::new(key)?).multiplex(yamux::Config::default()).boxed()
        } else {
            bare.authenticate(noise::Config::new(key)?).multiplex(yamux::Config::default()).boxed()
        })
    }

    fn bare(&self) -> Boxed<Octets> {
        let tcp = tcp::tokio::Transport::new(tcp::Config::default());
        if self.transport == "ws" {
            libp2p_websocket::Config::new(tcp).map(|stream, _| Octets::from(Box::new(stream) as _)).boxed()
        } else {
            tcp.map(|stream, _| Octets::from(Box::new(stream) as _)).boxed()
        }
    }
}

type Octets = Box<dyn OctetStream>;

trait OctetStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> OctetStream for T {}

pub async fn listen(mut board: Board, channel: &Channel) -> Outcome<()> {
    let mut swarm = channel.swarm()?;
    let ip: IpAddr = channel.listener_ip.parse()?;
    let mut address = Multiaddr::from(ip).with(Protocol::Tcp(0));
    if channel.transport == "ws" {
        address.push(Protocol::Ws("/".into()));
    }
    swarm.listen_on(address)?;
    let mut announced = false;
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::NewListenAddr { address, .. } if !announced => {
                announced = true;
                let ip = if ip.is_unspecified() { board.own_ip()? } else { ip };
                let public = address.replace(0, |_| Some(ip.into())).ok_or("an address without a host")?;
                let whole = public.with(Protocol::P2p(*swarm.local_peer_id()));
                board.push(LISTENER_ADDR, &whole.to_string()).await?;
            }
            event => tracing::debug!(?event),
        }
    }
}

/// Prints how long the first ping took, with and without the handshake.
pub async fn dial(mut board: Board, channel: &Channel) -> Outcome<()> {
    let address: Multiaddr = board.pop(LISTENER_ADDR, channel.timeout).await?.parse()?;
    let (whole, ping) = timeout(channel.timeout, ping_once(channel.swarm()?, address))
        .await
        .unwrap_or_else(|_| Err("no answer in time".into()))?;
    println!("latency:");
    println!("  handshake_plus_one_rtt: {:.3}", milliseconds(whole));
    println!("  ping_rtt: {:.3}", milliseconds(ping));
    println!("  unit: ms");
    Ok(())
}

async fn ping_once(mut swarm: Swarm<ping::Behaviour>, address: Multiaddr) -> Outcome<(Duration, Duration)> {
    let start = Instant::now();
    swarm.dial(address)?;
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::Behaviour(event) => return Ok((start.elapsed(), event.result?)),
            SwarmEvent::OutgoingConnectionError { error, .. } => return Err(error.into()),
            SwarmEvent::ConnectionClosed { cause, .. } => {
                return Err(format!("the connection was closed: {cause:?}").into());
            }
            event => tracing::debug!(?event),
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
