//! The board on which the peers leave notes: five commands of redis, over one connection.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};

use crate::Outcome;

const POLL: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(60);
const MAX_NOTE_OCTETS: usize = 64 * 1024;
const MAX_LINE_OCTETS: u64 = 1024;
const MAX_ITEMS: usize = 16;

pub struct Board {
    stream: BufStream<TcpStream>,
    server: SocketAddr,
    prefix: String,
}

impl Board {
    /// `address` is host:port; `prefix` starts the name of every note.
    pub async fn connect(address: &str, prefix: &str) -> Outcome<Board> {
        let server = lookup_host(address).await?.next().ok_or("REDIS_ADDR has no address")?;
        let stream = BufStream::new(TcpStream::connect(server).await?);
        Ok(Board { stream, server, prefix: prefix.to_owned() })
    }

    /// The address of this machine that the board's machine would see.
    pub fn own_ip(&self) -> Outcome<IpAddr> {
        let any: IpAddr = if self.server.is_ipv4() { [0u8; 4].into() } else { [0u8; 16].into() };
        let socket = UdpSocket::bind((any, 0))?;
        socket.connect(self.server)?;
        Ok(socket.local_addr()?.ip())
    }

    pub async fn set(&mut self, name: &str, note: &str) -> Outcome<()> {
        let name = self.name(name);
        self.ask(&["SET", &name, note]).await.map(|_| ())
    }

    /// The note, as soon as somebody has left it.
    pub async fn wait_for(&mut self, name: &str) -> Outcome<String> {
        let full = self.name(name);
        let found = timeout(PATIENCE, async {
            loop {
                if let Some(note) = self.ask(&["GET", &full]).await?.pop() {
                    return Ok(note);
                }
                sleep(POLL).await;
            }
        });
        found.await.unwrap_or_else(|_| Err(format!("nobody left the note {name}").into()))
    }

    pub async fn push(&mut self, name: &str, note: &str) -> Outcome<()> {
        let name = self.name(name);
        self.ask(&["RPUSH", &name, note]).await.map(|_| ())
    }

    pub async fn pop(&mut self, name: &str, patience: Duration) -> Outcome<String> {
        let full = self.name(name);
        let seconds = patience.as_secs().max(1).to_string();
        let mut reply = self.ask(&["BLPOP", &full, &seconds]).await?;
        reply.pop().ok_or_else(|| format!("nobody pushed to {name}").into())
    }

    fn name(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix)
    }

    /// Sends one command. The reply's texts: none for nil, several for an array.
    async fn ask(&mut self, command: &[&str]) -> Outcome<Vec<String>> {
        let mut text = format!("*{}\r\n", command.len());
        for word in command {
            text += &format!("${}\r\n{word}\r\n", word.len());
        }
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await?;

        let mut texts = Vec::new();
        let mut expected = 1;
        while expected > 0 {
            expected -= 1;
            let line = self.line().await?;
            let (kind, rest) = line.split_at_checked(1).ok_or("redis sent an empty line")?;
            match kind {
                "+" | ":" => texts.push(rest.to_owned()),
                "-" => return Err(format!("redis: {rest}").into()),
                "$" if rest != "-1" => texts.push(self.text(rest.parse()?).await?),
                "*" if rest != "-1" => expected += rest.parse::<usize>()?,
                "$" | "*" => {}
                _ => return Err("redis sent what is no reply".into()),
            }
            if expected > MAX_ITEMS {
                return Err("redis sent too long an array".into());
            }
        }
        Ok(texts)
    }

    async fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        (&mut self.stream).take(MAX_LINE_OCTETS).read_line(&mut line).await?;
        Ok(line.strip_suffix("\r\n").ok_or("redis hung up")?.to_owned())
    }

    async fn text(&mut self, octets: usize) -> Outcome<String> {
        if octets > MAX_NOTE_OCTETS {
            return Err("redis sent too long a text".into());
        }
        let mut text = vec![0; octets + 2];
        self.stream.read_exact(&mut text).await?;
        text.truncate(octets);
        Ok(String::from_utf8(text)?)
    }
}
