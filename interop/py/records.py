"""The signed records under /eth: made, verified and compared as docs/records.md sets out."""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import multihash
from coincurve import PrivateKey, PublicKey
from Crypto.Hash import keccak
from libp2p.peer.id import ID
from multiaddr import Multiaddr

import strict_json

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
MAX_AHEAD_MS = 10 * MINUTE_MS
MAX_LIFE_MS = 48 * HOUR_MS
DEFAULT_LIFE_MS = 24 * HOUR_MS
MAX_VALUE_BYTES = 8192
MAX_ADDRS = 16
MAX_ADDR_BYTES = 256
MAX_NAME = 64
MAX_SAFE_INTEGER = 2**53 - 1
SIGNATURE_BYTES = 148
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0

NETWORK = re.compile(r"[a-z0-9-]{1,32}")
KEY = re.compile(r"/eth/(0x[0-9a-f]{40})")
SIGNATURE = re.compile(rb',"signature":"0x([0-9a-f]{128})(1b|1c)"}')
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class InvalidRecord(ValueError):
    """Why a record is refused."""


@dataclass(frozen=True)
class Account:
    """An Ethereum key and its address."""

    key: PrivateKey

    @property
    def address(self) -> str:
        return checksummed(_address_of(self.key.public_key))

    @property
    def record_key(self) -> str:
        return f"/eth/{self.address.lower()}"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _keccak(data: bytes) -> bytes:
    digest: bytes = keccak.new(digest_bits=256, data=data).digest()
    return digest


def _personal_hash(message: bytes) -> bytes:
    """EIP-191, a personal message."""
    return _keccak(b"\x19Ethereum Signed Message:\n%d" % len(message) + message)


def _address_of(key: PublicKey) -> str:
    return "0x" + _keccak(key.format(compressed=False)[1:])[-20:].hex()


def checksummed(address: str) -> str:
    """EIP-55, of an address in lowercase."""
    digits = address[2:]
    digest = _keccak(digits.encode()).hex()
    return "0x" + "".join(d.upper() if int(h, 16) >= 8 else d for d, h in zip(digits, digest, strict=False))


def sign(account: Account, peer_id: str, addrs: Sequence[str], network: str, name: str) -> bytes:
    """The record of an account, from now on for a day."""
    timestamp = now_ms()
    members = {
        "v": 1,
        "domain": "openpond-dht-record",
        "network": network,
        "peerId": peer_id,
        "timestamp": timestamp,
        "expires": timestamp + DEFAULT_LIFE_MS,
        "agentId": account.address,
        "agentName": name,
        "multiaddrs": list(addrs),
    }
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
    signature = account.key.sign_recoverable(_personal_hash(text), hasher=None)
    return text[:-1] + b',"signature":"0x%s%02x"}' % (signature[:64].hex().encode(), 27 + signature[64])


def _check(condition: bool, message: str) -> None:
    if not condition:
        raise InvalidRecord(message)


def _integer(record: dict[str, Any], name: str) -> int:
    value = record.get(name)
    if type(value) is not int or value > MAX_SAFE_INTEGER:
        raise InvalidRecord(f"{name} is not an integer")
    return value


def _check_peer_id(text: Any) -> None:
    _check(isinstance(text, str), "peerId is not a string")
    try:
        peer = ID.from_base58(text)
        multihash.decode(peer.to_bytes())
    except Exception:
        raise InvalidRecord("peerId is not a peer id") from None
    _check(peer.to_base58() == text, "peerId is not in base58 form")


def _check_times(record: dict[str, Any], now: int) -> None:
    timestamp, expires = _integer(record, "timestamp"), _integer(record, "expires")
    _check(timestamp <= now + MAX_AHEAD_MS, "timestamp is in the future")
    _check(timestamp < expires <= timestamp + MAX_LIFE_MS, "expires is not within 48 h of timestamp")
    _check(expires > now, "expired")


def _check_name(name: Any) -> None:
    _check(isinstance(name, str) and 1 <= len(name) <= MAX_NAME, "agentName is no short string")
    _check(CONTROL.search(name) is None, "agentName has control characters")


def _check_addrs(addrs: Any, peer_id: str) -> None:
    _check(isinstance(addrs, list) and len(addrs) <= MAX_ADDRS, "multiaddrs is not a short array")
    for text in addrs:
        _check(isinstance(text, str) and len(text.encode()) <= MAX_ADDR_BYTES, "an address is too long")
        try:
            Multiaddr(Multiaddr(text).to_bytes())
        except Exception:
            raise InvalidRecord("an address is not a multiaddr") from None
        _check(len(text) > 1, "an address is empty")
        named = re.findall(r"/(?:p2p|ipfs)/([^/]+)", text)
        _check(all(name == peer_id for name in named), "an address names another peer")


def _check_signature(value: bytes, address: str) -> None:
    match = SIGNATURE.fullmatch(value[-SIGNATURE_BYTES:])
    if match is None:
        raise InvalidRecord("does not end with a signature")
    rs, v = bytes.fromhex(match[1].decode()), int(match[2], 16)
    _check(int.from_bytes(rs[32:], "big") <= HALF_ORDER, "s is in the upper half")
    message = value[:-SIGNATURE_BYTES] + b"}"
    try:
        signer = PublicKey.from_signature_and_message(rs + bytes([v - 27]), _personal_hash(message), hasher=None)
    except Exception:
        raise InvalidRecord("signature cannot be recovered") from None
    _check(_address_of(signer) == address, "signed by another key")


def verify(key: str, value: bytes, network: str, now: int | None = None) -> dict[str, Any]:
    """Returns the record's members, or raises InvalidRecord. `now` is in milliseconds since the epoch."""
    match = KEY.fullmatch(key)
    if match is None:
        raise InvalidRecord("not an /eth key")
    address = match[1]
    _check(SIGNATURE_BYTES < len(value) <= MAX_VALUE_BYTES, "too long or too short")
    _check(value.startswith(b"{"), "not a JSON object")
    try:
        record: dict[str, Any] = strict_json.parse(value)
    except ValueError as error:
        raise InvalidRecord(str(error)) from None
    _check(_integer(record, "v") == 1, "v is not 1")
    _check(record.get("domain") == "openpond-dht-record", "another domain")
    _check(NETWORK.fullmatch(network) is not None and record.get("network") == network, "another network")
    _check_peer_id(record.get("peerId"))
    _check_times(record, now_ms() if now is None else now)
    _check(record.get("agentId") == checksummed(address), "agentId is not the address of the key")
    _check_name(record.get("agentName"))
    _check_addrs(record.get("multiaddrs"), record["peerId"])
    _check_signature(value, address)
    return record


def worth(value: bytes) -> tuple[int, int, bytes]:
    """What a valid record is worth against others of its key: the highest stands."""
    record = json.loads(value)
    return record["timestamp"], record["expires"], value
