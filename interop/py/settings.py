"""What a peer is told by its environment, and how it tells that it failed."""

import os
from dataclasses import dataclass, field


class Failure(Exception):
    """A peer cannot do its part; the reason, in one line."""


class Unsupported(Exception):
    """py-libp2p lacks what was asked for."""


def choice(name: str, *allowed: str, default: str | None = None) -> str:
    value = os.environ.get(name) or default
    if value not in allowed:
        raise Failure(f"{name} is {value}, not one of {', '.join(allowed)}")
    return value


def text(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise Failure(f"{name} is not set")
    return value


def root_of(error: BaseException) -> BaseException:
    """The first error that is not a group of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def one_line(error: BaseException) -> str:
    """The reason of an error, without the newlines that YAML would read otherwise."""
    error = root_of(error)
    said = str(error) if isinstance(error, Failure) else f"{type(error).__name__}: {error}"
    return " ".join(said.split())


@dataclass(frozen=True)
class Common:
    """What both contracts give."""

    redis_host: str
    redis_port: int
    test_key: str
    debug: bool

    @staticmethod
    def read() -> "Common":
        host, _, port = text("REDIS_ADDR").rpartition(":")
        if not host or not port.isdigit():
            raise Failure("REDIS_ADDR is not host:port")
        return Common(host, int(port), text("TEST_KEY"), os.environ.get("DEBUG") == "true")


@dataclass(frozen=True)
class Kademlia:
    """The Kademlia contract."""

    role: str = field(default_factory=lambda: choice("ROLE", "bootstrap", "provider", "querier"))
    profile: str = field(default_factory=lambda: choice("PROFILE", "unified", "openpond", "ipfs", default="unified"))
    mode: str = field(default_factory=lambda: choice("MODE", "server", "client", default="server"))


@dataclass(frozen=True)
class Transport:
    """The transport contract. What py-libp2p may lack is a plain text here."""

    dialer: bool = field(default_factory=lambda: choice("IS_DIALER", "true", "false") == "true")
    transport: str = field(default_factory=lambda: text("TRANSPORT"))
    security: str = field(default_factory=lambda: text("SECURE_CHANNEL"))
    muxer: str = field(default_factory=lambda: text("MUXER"))
    listener_ip: str = field(default_factory=lambda: os.environ.get("LISTENER_IP") or "0.0.0.0")
    timeout_seconds: int = field(default_factory=lambda: int(os.environ.get("TEST_TIMEOUT_SECS") or "180"))
