//! Ethereum keys, addresses and personal messages (EIP-55, EIP-191).

use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
use sha3::{Digest, Keccak256};

pub type Address = [u8; 20];

/// r, s and v.
pub const SIGNATURE_OCTETS: usize = 65;

pub struct Wallet(SigningKey);

impl Wallet {
    /// `None` for the few 32 octets that are no key.
    pub fn new(secret: &[u8; 32]) -> Option<Wallet> {
        SigningKey::from_slice(secret).ok().map(Wallet)
    }

    pub fn address(&self) -> Address {
        address_of(self.0.verifying_key())
    }

    /// r, s and v over a personal message; s is in the lower half, v is 27 or 28.
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_OCTETS] {
        let (signature, recovery) = self.0.sign_prehash_recoverable(&personal_hash(message));
        let mut out = [0; SIGNATURE_OCTETS];
        out[..64].copy_from_slice(&signature.to_bytes());
        out[64] = 27 + recovery.to_byte();
        out
    }
}

/// Who signed the personal message; `None` when the signature is not of the one accepted form.
pub fn recover(message: &[u8], signature: &[u8; SIGNATURE_OCTETS]) -> Option<Address> {
    let recovery = match signature[64] {
        v @ 27..=28 => RecoveryId::from_byte(v - 27)?,
        _ => return None,
    };
    let signature = Signature::from_slice(&signature[..64]).ok()?;
    if signature.normalize_s() != signature {
        return None;
    }
    let key = VerifyingKey::recover_from_prehash(&personal_hash(message), &signature, recovery).ok()?;
    Some(address_of(&key))
}

/// `0x` and 40 lowercase digits.
pub fn plain(address: &Address) -> String {
    format!("0x{}", hex(address))
}

/// `0x` and 40 digits whose case is a checksum (EIP-55).
pub fn checksummed(address: &Address) -> String {
    let digits = hex(address);
    let hash = hex(&Keccak256::digest(digits.as_bytes()));
    let raised =
        digits.chars().zip(hash.chars()).map(|(c, h)| if h >= '8' { c.to_ascii_uppercase() } else { c });
    format!("0x{}", raised.collect::<String>())
}

pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Lowercase digits alone.
pub fn unhex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let nibble = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    if digits.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    for (octet, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *octet = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(out)
}

fn address_of(key: &VerifyingKey) -> Address {
    let point = key.to_sec1_point(false);
    let hash = Keccak256::digest(&point.as_bytes()[1..]);
    hash[12..].try_into().expect("20 of 32 octets")
}

fn personal_hash(message: &[u8]) -> [u8; 32] {
    Keccak256::new()
        .chain_update(format!("\x19Ethereum Signed Message:\n{}", message.len()))
        .chain_update(message)
        .finalize()
        .into()
}
