"""What each profile publishes and reads, as py-libp2p's KadDHT takes it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import multihash
from coincurve import PrivateKey
from libp2p.abc import IHost
from libp2p.custom_types import TProtocol
from libp2p.kad_dht import common, kad_dht, peer_routing, provider_store, value_store
from libp2p.records.ipns import IPNSValidator
from libp2p.records.pubkey import PublicKeyValidator
from libp2p.records.validator import NamespacedValidator, Validator

import records

NETWORK = "local"


class KeyOctets(str):
    """A key as text for py-libp2p's validators, and other octets on the wire.

    KadDHT takes keys as `str` and sends `key.encode()`; its validator for /pk wants the multihash in hex. Every other
    implementation sends it in binary, which need not be UTF-8.
    """

    octets: bytes

    def __new__(cls, text: str, octets: bytes) -> "KeyOctets":
        key = super().__new__(cls, text)
        key.octets = octets
        return key

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return self.octets


class AnyValue(Validator):
    """Takes every value; the latest to come stands."""

    def validate(self, key: str, value: bytes) -> None:
        pass

    def select(self, key: str, values: list[bytes]) -> int:
        return len(values) - 1


class EthValidator(Validator):
    """Signed records of the network."""

    def validate(self, key: str, value: bytes) -> None:
        records.verify(key, value, NETWORK)

    def select(self, key: str, values: list[bytes]) -> int:
        # The last of equals: py-libp2p takes 0 as "the stored one is better" and resets a PUT of the same octets.
        return max(range(len(values)), key=lambda i: (records.worth(values[i]), i))


@dataclass(frozen=True)
class Value:
    """A value to publish, or what makes one that was read the right one."""

    key: str
    make: Callable[[IHost], bytes]
    check: Callable[[bytes, str], bool]  # The value, the provider's peer id.
    announced: Callable[[bytes], list[str]] = lambda _: []  # The addresses that the value names.


@dataclass(frozen=True)
class Profile:
    """What is published and read."""

    protocol: TProtocol
    validators: dict[str, Validator]
    values: list[Value]
    provided: bytes
    asks_for_the_provider: bool  # Its id among the providers, its addresses by find peer.


def sha256_multihash(data: bytes) -> bytes:
    return b"\x12\x20" + hashlib.sha256(data).digest()


def use_protocol(protocol: TProtocol) -> None:
    """Sets py-libp2p's protocol id, a constant that these five modules hold each for itself.

    `KadDHT(protocol_prefix=…)` exists and changes nothing: only `validate_config` looks at it.
    """
    for module in (common, kad_dht, peer_routing, provider_store, value_store):
        module.PROTOCOL_ID = protocol  # type: ignore[attr-defined]


def validator_of(profile: Profile) -> NamespacedValidator:
    return NamespacedValidator(dict(profile.validators), strict_validation=True)


def _example(test_key: str) -> Value:
    return Value(
        f"/example/data/{test_key}", lambda _: b"hello from py client", lambda value, _: b"hello from" in value
    )


def _public_key(peer_id: bytes) -> Value:
    key = KeyOctets(f"/pk/{peer_id.hex()}", b"/pk/" + peer_id)
    return Value(key, lambda host: host.get_public_key().serialize(), lambda _value, _peer: True)


def _eth(account: records.Account) -> Value:
    def make(host: IHost) -> bytes:
        addrs = [str(addr) for addr in host.get_addrs()]
        return records.sign(account, host.get_id().to_base58(), addrs, NETWORK, "interop-py")

    def check(value: bytes, peer_id: str) -> bool:
        return bool(records.verify(account.record_key, value, NETWORK)["peerId"] == peer_id)

    return Value(account.record_key, make, check, lambda value: list(json.loads(value)["multiaddrs"]))


def unified(test_key: str) -> Profile:
    return Profile(
        protocol=TProtocol("/ipfs/kad/1.0.0"),
        validators={"example": AnyValue()},
        values=[_example(test_key)],
        provided=f"interop-test-key-{test_key}".encode(),
        asks_for_the_provider=False,
    )


def openpond(test_key: str) -> Profile:
    account = records.Account(PrivateKey(hashlib.sha256(f"pond-interop-{test_key}".encode()).digest()))
    return Profile(
        protocol=TProtocol("/openpond/kad/1.0.0"),
        validators={"eth": EthValidator(), "pk": PublicKeyValidator()},
        values=[_eth(account)],
        provided=sha256_multihash(account.record_key.encode()),
        asks_for_the_provider=True,
    )


def ipfs(test_key: str, provider_id: bytes | None) -> Profile:
    """`provider_id` is the binary peer id that /pk names; the bootstrap node knows none and needs none."""
    values = [_example(test_key)]
    if provider_id is not None:
        multihash.decode(provider_id)
        values.insert(0, _public_key(provider_id))
    return Profile(
        protocol=TProtocol("/ipfs/kad/1.0.0"),
        validators={"pk": PublicKeyValidator(), "ipns": IPNSValidator(), "example": AnyValue()},
        values=values,
        provided=sha256_multihash(f"interop-test-key-{test_key}".encode()),
        asks_for_the_provider=True,
    )


def profile_of(name: str, test_key: str, provider_id: bytes | None) -> Profile:
    if name == "openpond":
        return openpond(test_key)
    if name == "ipfs":
        return ipfs(test_key, provider_id)
    return unified(test_key)
