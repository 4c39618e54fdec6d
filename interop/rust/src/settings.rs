//! What the environment asks for.

use std::env;
use std::time::Duration;

use libp2p::StreamProtocol;
use libp2p::kad::Mode;

use crate::Outcome;
use crate::store::Keeps;

pub struct Settings {
    /// host:port of the board.
    pub redis: String,
    /// The prefix of all notes.
    pub key: String,
    pub task: Task,
}

pub enum Task {
    Bootstrap(Profile),
    Provider(Profile, Mode),
    Querier(Profile),
    Listener(Channel),
    Dialer(Channel),
}

#[derive(Clone, Copy, PartialEq)]
pub enum Profile {
    Unified,
    Openpond,
    Ipfs,
}

/// How the two peers of the transport suite talk; the words are those of the environment.
pub struct Channel {
    pub transport: String,
    pub security: String,
    pub muxer: String,
    pub listener_ip: String,
    pub timeout: Duration,
}

impl Profile {
    pub fn protocol(self) -> StreamProtocol {
        StreamProtocol::new(match self {
            Profile::Openpond => "/openpond/kad/1.0.0",
            Profile::Unified | Profile::Ipfs => "/ipfs/kad/1.0.0",
        })
    }
}

impl Settings {
    pub fn from_environment() -> Outcome<Settings> {
        Ok(Settings { redis: required("REDIS_ADDR")?, key: required("TEST_KEY")?, task: task()? })
    }
}

pub fn debug() -> bool {
    or("DEBUG", "false") == "true"
}

/// Whether a worse record may take the place of a better one.
pub fn keeps() -> Outcome<Keeps> {
    match or("KEEPS", "best").as_str() {
        "best" => Ok(Keeps::Best),
        "last" => Ok(Keeps::Last),
        other => Err(format!("KEEPS={other}").into()),
    }
}

fn task() -> Outcome<Task> {
    match or("IS_DIALER", "").as_str() {
        "" => {}
        "true" => return channel().map(Task::Dialer),
        "false" => return channel().map(Task::Listener),
        other => return Err(format!("IS_DIALER={other}").into()),
    }
    let profile = match or("PROFILE", "unified").as_str() {
        "unified" => Profile::Unified,
        "openpond" => Profile::Openpond,
        "ipfs" => Profile::Ipfs,
        other => return Err(format!("PROFILE={other}").into()),
    };
    let mode = match or("MODE", "server").as_str() {
        "server" => Mode::Server,
        "client" => Mode::Client,
        other => return Err(format!("MODE={other}").into()),
    };
    Ok(match required("ROLE")?.as_str() {
        "bootstrap" => Task::Bootstrap(profile),
        "provider" => Task::Provider(profile, mode),
        "querier" => Task::Querier(profile),
        other => return Err(format!("ROLE={other}").into()),
    })
}

fn channel() -> Outcome<Channel> {
    Ok(Channel {
        transport: required("TRANSPORT")?,
        security: required("SECURE_CHANNEL")?,
        muxer: required("MUXER")?,
        listener_ip: or("LISTENER_IP", "0.0.0.0"),
        timeout: Duration::from_secs(or("TEST_TIMEOUT_SECS", "180").parse()?),
    })
}

fn required(name: &str) -> Outcome<String> {
    env::var(name).map_err(|_| format!("{name} is not set").into())
}

/// Set to nothing counts as not set.
fn or(name: &str, default: &str) -> String {
    env::var(name).ok().filter(|text| !text.is_empty()).unwrap_or_else(|| default.to_owned())
}
