"""The three roles of the Kademlia contract."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio
from libp2p import new_host
from libp2p.abc import IHost
from libp2p.kad_dht.kad_dht import DHTMode, KadDHT
from libp2p.peer.id import ID
from libp2p.peer.peerinfo import PeerInfo, info_from_p2p_addr
from libp2p.tools.anyio_service import background_trio_service
from multiaddr import Multiaddr

import asking
from board import Board
from profiles import Profile, Value, profile_of, use_protocol, validator_of
from settings import Common, Failure, Kademlia, one_line

ATTEMPTS = 10
PAUSE_SECONDS = 1.0
ATTEMPT_SECONDS = 20.0
CONNECT_SECONDS = 30.0
PEERSTORE_CLEANUP_SECONDS = 60

log = logging.getLogger("interop")


@dataclass(frozen=True)
class Peer:
    """A running node."""

    host: IHost
    dht: KadDHT
    profile: Profile
    addr: str


async def until_ok(attempt: Callable[[], Awaitable[str]]) -> str:
    """Makes an attempt until it says `ok`. Returns what the last one said."""
    said = "nothing"
    for number in range(ATTEMPTS):
        if number > 0:
            await trio.sleep(PAUSE_SECONDS)
        try:
            with trio.fail_after(ATTEMPT_SECONDS):
                said = await attempt()
        except Exception as error:
            said = one_line(error)
        if said == "ok":
            break
        log.info("attempt %d: %s", number + 1, said)
    return said


def port_of(addr: str) -> str:
    port: str = Multiaddr(addr).value_for_protocol("tcp")
    return port


@asynccontextmanager
async def node(board: Board, profile: Profile, host: IHost, mode: DHTMode) -> AsyncIterator[Peer]:
    use_protocol(profile.protocol)
    async with host.run(listen_addrs=[Multiaddr(f"/ip4/{board.own_ip()}/tcp/0")]), trio.open_nursery() as nursery:
        nursery.start_soon(host.get_peerstore().start_cleanup_task, PEERSTORE_CLEANUP_SECONDS)
        dht = KadDHT(host, mode, validator=validator_of(profile), strict_validation=True)
        async with background_trio_service(dht):
            yield Peer(host, dht, profile, str(host.get_addrs()[0]))
        nursery.cancel_scope.cancel()


async def connect(peer: Peer, bootstrap: PeerInfo) -> None:
    """Connects and puts the bootstrap node into the routing table: KadDHT itself takes only peers that it has asked."""
    with trio.move_on_after(CONNECT_SECONDS):
        await peer.host.connect(bootstrap)
        while not peer.dht.routing_table.peer_in_table(bootstrap.peer_id):
            await peer.dht.add_peer(bootstrap.peer_id)
            await trio.sleep(0.1)
        return
    raise Failure(f"the bootstrap node is not in the routing table after {CONNECT_SECONDS:.0f} s")


async def bootstrap(common: Common, settings: Kademlia, board: Board) -> int:
    profile = profile_of(settings.profile, common.test_key, None)
    async with node(board, profile, new_host(), DHTMode.SERVER) as peer:
        await board.set(f"{common.test_key}_bootstrap_addr", peer.addr)
        await trio.sleep_forever()
    return 0


async def publish(peer: Peer, other: ID) -> None:
    """Publishes all of the profile; returns when the other peer holds it."""
    protocol, host = peer.profile.protocol, peer.host

    async def put(value: Value, octets: bytes) -> str:
        await peer.dht.put_value(value.key, octets)
        held = await asking.holds_value(host, other, protocol, value.key.encode(), octets)
        return "ok" if held else f"the bootstrap node does not hold {value.key}"

    async def provide() -> str:
        # Whether it was stored, nobody says: ADD_PROVIDER has no answer, and a rust server never names the asker himself.
        sent = await peer.dht.provider_store.provide(peer.profile.provided)
        return "ok" if sent else "no peer was told that this one provides"

    async def all_of(attempt: Callable[[], Awaitable[str]]) -> None:
        said = await until_ok(attempt)
        if said != "ok":
            raise Failure(said)

    await all_of(provide)
    for value in peer.profile.values:
        octets = value.make(host)
        await all_of(lambda value=value, octets=octets: put(value, octets))  # type: ignore[misc]


async def provider(common: Common, settings: Kademlia, board: Board) -> int:
    key = common.test_key
    info = info_from_p2p_addr(Multiaddr(await board.wait_for(f"{key}_bootstrap_addr")))
    host = new_host()
    profile = profile_of(settings.profile, key, host.get_id().to_bytes())
    mode = DHTMode.SERVER if settings.mode == "server" else DHTMode.CLIENT
    async with node(board, profile, host, mode) as peer:
        await connect(peer, info)
        await publish(peer, info.peer_id)
        await board.set(f"{key}_provider_peer", host.get_id().to_base58())
        await board.set(f"{key}_provider_done", "done")
        await trio.sleep_forever()
    return 0


async def read(peer: Peer, provider_id: ID | None) -> bool:
    """Reads all of the profile and prints what came of each. Returns whether all is well."""
    dht, profile = peer.dht, peer.profile
    name = provider_id.to_base58() if provider_id is not None else ""
    ports: set[str] = set()

    async def get_values() -> str:
        for value in profile.values:
            octets = await dht.get_value(value.key)
            if octets is None:
                return f"no value of {value.key}"
            if not value.check(octets, name):
                return f"another value of {value.key}: {octets!r}"
            ports.update(port_of(addr) for addr in value.announced(octets))
        return "ok"

    async def find_providers() -> str:
        found = [info.peer_id for info in await dht.provider_store.find_providers(profile.provided)]
        if not found:
            return "no provider"
        return (
            "ok" if provider_id is None or provider_id in found else f"{name} is not among the {len(found)} providers"
        )

    async def find_peer() -> str:
        assert provider_id is not None
        found = await dht.find_peer(provider_id)
        addrs = [str(addr) for addr in found.addrs] if found is not None else []
        # Only a record tells the port; without one any address has to do.
        right = [addr for addr in addrs if not ports or port_of(addr) in ports]
        return "ok" if right else f"no address at the port of {name} among {addrs}"

    asked = {"get_value": get_values, "find_providers": find_providers}
    if profile.asks_for_the_provider:
        asked["find_peer"] = find_peer
    said = {}
    for what, attempt in asked.items():
        said[what] = await until_ok(attempt)
        print(f"{what}: {said[what]}", flush=True)
    failed = [what for what, result in said.items() if result != "ok"]
    print(f"status: fail\nerror: {', '.join(failed)}" if failed else "status: pass", flush=True)
    return not failed


async def querier(common: Common, settings: Kademlia, board: Board) -> int:
    key = common.test_key
    await board.wait_for(f"{key}_provider_done")
    info = info_from_p2p_addr(Multiaddr(await board.wait_for(f"{key}_bootstrap_addr")))
    named = None
    if settings.profile != "unified":  # The suite that `unified` comes from leaves no note of the provider's id.
        named = ID.from_base58(await board.wait_for(f"{key}_provider_peer"))
    profile = profile_of(settings.profile, key, named.to_bytes() if named is not None else None)
    async with node(board, profile, new_host(), DHTMode.CLIENT) as peer:
        await connect(peer, info)
        return 0 if await read(peer, named) else 1


async def run(common: Common, settings: Kademlia) -> int:
    """Returns the exit code."""
    roles = {"bootstrap": bootstrap, "provider": provider, "querier": querier}
    async with Board(common.redis_host, common.redis_port) as board:
        return await roles[settings.role](common, settings, board)
