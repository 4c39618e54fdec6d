//! `/eth/<address>`: the rules of docs/records.md.

use std::cmp::Ordering;

use libp2p::PeerId;
use libp2p::multiaddr::{Multiaddr, Protocol};

use crate::ethereum::{self, Address, SIGNATURE_OCTETS, Wallet};
use crate::json::{self, Value};

const KEY_PREFIX: &[u8] = b"/eth/";
const MAX_OCTETS: usize = 8192;
const DOMAIN: &str = "openpond-dht-record";
const MAX_AHEAD_MS: u64 = 10 * 60 * 1000;
const MAX_LIFE_MS: u64 = 48 * 3600 * 1000;
const MAX_NAME_POINTS: usize = 64;
const MAX_ADDRESSES: usize = 16;
const MAX_ADDRESS_OCTETS: usize = 256;
const MAX_NETWORK_OCTETS: usize = 32;

const TAIL_HEAD: &[u8] = b",\"signature\":\"0x";
const TAIL_END: &[u8] = b"\"}";
const TAIL_OCTETS: usize = TAIL_HEAD.len() + 2 * SIGNATURE_OCTETS + TAIL_END.len();

/// Why a value is refused, in the words of tests/vectors/eth_records.json.
pub type Refusal = &'static str;

#[derive(Debug)]
pub struct EthRecord {
    pub peer: PeerId,
    /// Milliseconds since the epoch.
    pub timestamp: u64,
    pub expires: u64,
    pub addresses: Vec<Multiaddr>,
}

/// What a publisher says of itself.
pub struct Draft<'a> {
    pub network: &'a str,
    pub peer: PeerId,
    pub timestamp: u64,
    pub expires: u64,
    pub name: &'a str,
    pub addresses: &'a [Multiaddr],
}

pub fn key_of(address: &Address) -> Vec<u8> {
    [KEY_PREFIX, ethereum::plain(address).as_bytes()].concat()
}

/// The value to publish under `key_of(wallet.address())`.
pub fn sign(draft: &Draft, wallet: &Wallet) -> Vec<u8> {
    let addresses: Vec<String> = draft.addresses.iter().map(|a| json::quote(&a.to_string())).collect();
    let text = format!(
        "{{\"v\":1,\"domain\":\"{DOMAIN}\",\"network\":{},\"peerId\":\"{}\",\"timestamp\":{},\"expires\":{},\
         \"agentId\":\"{}\",\"agentName\":{},\"multiaddrs\":[{}]}}",
        json::quote(draft.network),
        draft.peer,
        draft.timestamp,
        draft.expires,
        ethereum::checksummed(&wallet.address()),
        json::quote(draft.name),
        addresses.join(",")
    );
    let signature = ethereum::hex(&wallet.sign(text.as_bytes()));
    [&text.as_bytes()[..text.len() - 1], TAIL_HEAD, signature.as_bytes(), TAIL_END].concat()
}

/// From cheap to dear: the signature comes last.
pub fn verify(key: &[u8], value: &[u8], network: &str, now_ms: u64) -> Result<EthRecord, Refusal> {
    let address = address_in(key).ok_or("bad-key")?;
    if value.len() > MAX_OCTETS {
        return Err("too-large");
    }
    if value.first() != Some(&b'{') {
        return Err("malformed");
    }
    let text = str::from_utf8(value).map_err(|_| "malformed")?;
    let object = json::parse(text).ok_or("malformed")?;
    if object.member("signature").is_none() {
        return Err("unsigned");
    }
    let (signed, signature) = split(value).ok_or("malformed")?;
    let record = members(&object, network, &address)?;
    if record.timestamp > now_ms.saturating_add(MAX_AHEAD_MS) {
        return Err("from-the-future");
    }
    if now_ms >= record.expires {
        return Err("expired");
    }
    match ethereum::recover(&signed, &signature) {
        Some(signer) if signer == address => Ok(record),
        _ => Err("bad-signature"),
    }
}

/// Of two valid values of one key, which is better.
pub fn compare(a: (&EthRecord, &[u8]), b: (&EthRecord, &[u8])) -> Ordering {
    (a.0.timestamp, a.0.expires, a.1).cmp(&(b.0.timestamp, b.0.expires, b.1))
}

fn address_in(key: &[u8]) -> Option<Address> {
    ethereum::unhex(key.strip_prefix(KEY_PREFIX)?.strip_prefix(b"0x")?)
}

/// The signed text and the signature; `None` unless the value ends as it must.
fn split(value: &[u8]) -> Option<(Vec<u8>, [u8; SIGNATURE_OCTETS])> {
    let (head, tail) = value.split_at_checked(value.len().checked_sub(TAIL_OCTETS)?)?;
    let digits = tail.strip_prefix(TAIL_HEAD)?.strip_suffix(TAIL_END)?;
    Some(([head, b"}"].concat(), ethereum::unhex(digits)?))
}

fn members(object: &Value, network: &str, address: &Address) -> Result<EthRecord, Refusal> {
    const BAD: Refusal = "bad-member";
    let text = |name| object.member(name).and_then(Value::text);
    let integer = |name| object.member(name).and_then(Value::integer);

    if integer("v") != Some(1) || text("domain") != Some(DOMAIN) {
        return Err("wrong-domain");
    }
    match text("network").filter(|name| is_network(name)) {
        None => return Err(BAD),
        Some(name) if name != network => return Err("wrong-network"),
        Some(_) => {}
    }
    let peer = text("peerId").and_then(peer_in).ok_or(BAD)?;
    let timestamp = integer("timestamp").ok_or(BAD)?;
    let expires = integer("expires").ok_or(BAD)?;
    if expires <= timestamp || expires - timestamp > MAX_LIFE_MS {
        return Err(BAD);
    }
    let agent = text("agentId").and_then(checksummed_in).ok_or(BAD)?;
    if !text("agentName").is_some_and(is_name) {
        return Err(BAD);
    }
    let addresses = object.member("multiaddrs").and_then(Value::list).ok_or(BAD)?;
    let all_good = addresses.iter().all(|item| item.text().is_some_and(|text| is_address_of(text, &peer)));
    if addresses.len() > MAX_ADDRESSES || !all_good {
        return Err(BAD);
    }
    if agent != *address {
        return Err("wrong-key");
    }
    let addresses = addresses.iter().filter_map(|item| item.text()?.parse().ok()).collect();
    Ok(EthRecord { peer, timestamp, expires, addresses })
}

fn is_network(name: &str) -> bool {
    (1..=MAX_NETWORK_OCTETS).contains(&name.len())
        && name.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// A peer id in the one base58 spelling that it has.
fn peer_in(text: &str) -> Option<PeerId> {
    text.parse().ok().filter(|peer: &PeerId| peer.to_base58() == text)
}

fn checksummed_in(text: &str) -> Option<Address> {
    let address = ethereum::unhex(text.strip_prefix("0x")?.to_ascii_lowercase().as_bytes())?;
    (ethereum::checksummed(&address) == text).then_some(address)
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME_POINTS).contains(&name.chars().count()) && !name.chars().any(is_control)
}

/// What could hide or reorder the text around it.
fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_address_of(text: &str, peer: &PeerId) -> bool {
    text.len() <= MAX_ADDRESS_OCTETS
        && text.parse().is_ok_and(|address: Multiaddr| {
            !address.is_empty()
                && address.iter().all(|part| !matches!(part, Protocol::P2p(id) if id != *peer))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_763_800_000_000;

    fn wallet() -> Wallet {
        Wallet::new(&[7; 32]).unwrap()
    }

    fn signed(timestamp: u64, name: &str) -> Vec<u8> {
        let peer = PeerId::random();
        let addresses = [format!("/ip4/127.0.0.1/tcp/8000/p2p/{peer}").parse().unwrap()];
        let expires = timestamp + 1000;
        let draft = Draft { network: "local", peer, timestamp, expires, name, addresses: &addresses };
        sign(&draft, &wallet())
    }

    fn key() -> Vec<u8> {
        key_of(&wallet().address())
    }

    /// The table that every implementation agrees with. `acceptUnsigned` is not implemented: what it alone
    /// lets in must be refused.
    #[test]
    fn agrees_with_the_vectors() {
        let table = include_str!("../../../tests/vectors/eth_records.json");
        let table: Vec<Vector> = vectors(table);
        assert!(table.len() > 150, "{} vectors", table.len());
        for vector in table {
            let verdict = verify(&vector.key, &vector.value, &vector.network, vector.now).map(|_| "valid");
            let verdict = verdict.unwrap_or_else(|refusal| refusal);
            if vector.accepts_unsigned {
                assert_eq!(verdict == "valid", vector.expect == "valid", "{}: {verdict}", vector.name);
            } else {
                assert_eq!(verdict, vector.expect, "{}", vector.name);
            }
        }
    }

    struct Vector {
        name: String,
        expect: String,
        key: Vec<u8>,
        network: String,
        now: u64,
        accepts_unsigned: bool,
        value: Vec<u8>,
    }

    fn vectors(text: &str) -> Vec<Vector> {
        let table = json::parse(text).expect("the table itself is strict JSON");
        let read = |vector: &Value| {
            let text = |name| vector.member(name).and_then(Value::text).map(str::to_owned);
            let value = match text("value") {
                Some(value) => value.into_bytes(),
                None => unbase64(&text("valueBase64").expect("value or valueBase64")),
            };
            Vector {
                name: text("name").unwrap(),
                expect: text("expect").unwrap(),
                key: text("key").unwrap().into_bytes(),
                network: text("network").unwrap(),
                now: vector.member("now").and_then(Value::integer).unwrap(),
                accepts_unsigned: vector.member("acceptUnsigned") == Some(&Value::Bool(true)),
                value,
            }
        };
        table.member("records").and_then(Value::list).unwrap().iter().map(read).collect()
    }

    fn unbase64(text: &str) -> Vec<u8> {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = Vec::new();
        let (mut bits, mut held) = (0u32, 0);
        for c in text.trim_end_matches('=').bytes() {
            let digit = DIGITS.iter().position(|digit| *digit == c).expect("a base64 digit");
            bits = bits << 6 | digit as u32;
            held += 6;
            if held >= 8 {
                held -= 8;
                out.push((bits >> held) as u8);
            }
        }
        out
    }

    #[test]
    fn what_is_signed_is_valid() {
        let record = verify(&key(), &signed(NOW, "a \"name\""), "local", NOW).unwrap();
        assert_eq!((record.timestamp, record.expires), (NOW, NOW + 1000));
    }

    #[test]
    fn a_change_of_any_octet_is_refused() {
        let value = signed(NOW, "agent");
        for at in 0..value.len() {
            let mut changed = value.clone();
            changed[at] ^= 1;
            assert!(verify(&key(), &changed, "local", NOW).is_err(), "octet {at}");
        }
    }

    #[test]
    fn the_newer_one_is_better_then_the_greater_octets() {
        let (old, new) = (signed(NOW, "agent"), signed(NOW + 1, "agent"));
        let read = |value: &[u8]| verify(&key(), value, "local", NOW).unwrap();
        assert_eq!(compare((&read(&new), &new), (&read(&old), &old)), Ordering::Greater);
        let (a, b) = (signed(NOW, "a"), signed(NOW, "b"));
        assert_eq!(compare((&read(&a), &a), (&read(&b), &b)), a.cmp(&b));
        assert_eq!(compare((&read(&a), &a), (&read(&a), &a)), Ordering::Equal);
    }

    #[test]
    fn an_address_is_checksummed_as_the_standard_has_it() {
        for text in
            ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"]
        {
            assert!(checksummed_in(text).is_some(), "{text}");
            assert!(checksummed_in(&text.to_ascii_lowercase()).is_none(), "{text}");
        }
    }
}
