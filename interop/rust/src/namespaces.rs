//! Which values may stand under which key, and which of two is better.

use std::cmp::Ordering;

use libp2p::PeerId;
use libp2p::identity::PublicKey;

use crate::record;

/// The network's name in records of `eth`.
pub const NETWORK: &str = "local";

/// `pk`, `eth` and `example`; every other namespace is refused.
pub fn check(key: &[u8], value: &[u8], now_ms: u64) -> Result<(), &'static str> {
    match namespace(key) {
        Some(b"eth") => record::verify(key, value, NETWORK, now_ms).map(|_| ()),
        Some(b"pk") => check_public_key(&key[b"/pk/".len()..], value),
        Some(b"example") => Ok(()),
        _ => Err("unknown namespace"),
    }
}

/// Whether a valid value may take the place of a valid one: when it is the same or better.
pub fn replaces(key: &[u8], new: &[u8], old: &[u8], now_ms: u64) -> bool {
    compare(key, new, old, now_ms) != Ordering::Less
}

/// Of several values the best that is valid.
pub fn best(key: &[u8], values: Vec<Vec<u8>>, now_ms: u64) -> Option<Vec<u8>> {
    let valid = values.into_iter().filter(|value| check(key, value, now_ms).is_ok());
    valid.max_by(|a, b| compare(key, a, b, now_ms))
}

/// Where the namespace has no order, all are equal.
fn compare(key: &[u8], a: &[u8], b: &[u8], now_ms: u64) -> Ordering {
    if namespace(key) != Some(b"eth") {
        return Ordering::Equal;
    }
    let read = |value| record::verify(key, value, NETWORK, now_ms).ok();
    match (read(a), read(b)) {
        (Some(x), Some(y)) => record::compare((&x, a), (&y, b)),
        (x, y) => x.is_some().cmp(&y.is_some()),
    }
}

/// What stands between the first two slashes.
fn namespace(key: &[u8]) -> Option<&[u8]> {
    let rest = key.strip_prefix(b"/")?;
    Some(&rest[..rest.iter().position(|c| *c == b'/')?])
}

fn check_public_key(peer: &[u8], value: &[u8]) -> Result<(), &'static str> {
    let key = PublicKey::try_decode_protobuf(value).map_err(|_| "no public key")?;
    let canonical = key.encode_protobuf() == value;
    (canonical && PeerId::from(key).to_bytes() == peer).then_some(()).ok_or("another peer's key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::identity::Keypair;

    #[test]
    fn a_public_key_stands_under_its_own_peer_alone() {
        let (mine, other) = (Keypair::generate_ed25519().public(), Keypair::generate_ed25519().public());
        let key = [b"/pk/".as_slice(), &mine.to_peer_id().to_bytes()].concat();
        assert_eq!(check(&key, &mine.encode_protobuf(), 0), Ok(()));
        assert!(check(&key, &other.encode_protobuf(), 0).is_err());
        assert!(check(&key, b"", 0).is_err());
        assert!(check(b"/pk/", &mine.encode_protobuf(), 0).is_err());
    }

    #[test]
    fn only_known_namespaces_are_taken() {
        assert_eq!(check(b"/example/data/x", b"anything", 0), Ok(()));
        for key in ["", "/", "example", "/example", "/test/x", "//x", "/examples/x"] {
            assert!(check(key.as_bytes(), b"anything", 0).is_err(), "{key}");
        }
    }

    #[test]
    fn without_an_order_a_new_value_replaces_the_old_one() {
        assert!(replaces(b"/example/x", b"a", b"b", 0));
        assert!(replaces(b"/example/x", b"b", b"a", 0));
        assert_eq!(best(b"/example/x", vec![], 0), None);
        assert_eq!(best(b"/unknown/x", vec![b"a".to_vec()], 0), None);
    }
}
