"""The dialer and the listener of the transport contract."""

import time

import trio
from libp2p import generate_new_ed25519_identity, new_host
from libp2p.abc import IHost, IMuxedConn, ISecureTransport
from libp2p.crypto.x25519 import create_new_key_pair as create_new_x25519_key_pair
from libp2p.custom_types import TProtocol
from libp2p.host.ping import ID as PING
from libp2p.host.ping import PING_LENGTH
from libp2p.io.utils import read_exactly
from libp2p.peer.peerinfo import info_from_p2p_addr
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE
from libp2p.security.noise.transport import Transport as NoiseTransport
from libp2p.security.tls.transport import PROTOCOL_ID as TLS
from libp2p.security.tls.transport import TLSTransport
from libp2p.stream_muxer.mplex.mplex import MPLEX_PROTOCOL_ID, Mplex
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX
from libp2p.stream_muxer.yamux.yamux import Yamux
from multiaddr import Multiaddr

from board import Board
from settings import Common, Transport, Unsupported

LISTEN = {"tcp": "/ip4/{ip}/tcp/{port}", "ws": "/ip4/{ip}/tcp/{port}/ws"}


def make_host(settings: Transport) -> IHost:
    """A host with that transport, security and muxer alone."""
    if settings.transport not in LISTEN:
        raise Unsupported(f"TRANSPORT {settings.transport}")
    key_pair = generate_new_ed25519_identity()
    security: dict[TProtocol, ISecureTransport] = {}
    if settings.security == "noise":
        security[NOISE] = NoiseTransport(key_pair, noise_privkey=create_new_x25519_key_pair().private_key)
    elif settings.security == "tls":
        security[TLS] = TLSTransport(key_pair)
    else:
        raise Unsupported(f"SECURE_CHANNEL {settings.security}")
    muxers: dict[str, tuple[str, type[IMuxedConn]]] = {"yamux": (YAMUX, Yamux), "mplex": (MPLEX_PROTOCOL_ID, Mplex)}
    if settings.muxer not in muxers:
        raise Unsupported(f"MUXER {settings.muxer}")
    name, muxer = muxers[settings.muxer]
    ws = settings.transport == "ws"
    return new_host(
        key_pair=key_pair,
        sec_opt=security,
        muxer_opt={TProtocol(name): muxer},
        enable_tcp=not ws,
        enable_websocket=ws,
    )


async def listen(common: Common, settings: Transport, board: Board) -> int:
    host = make_host(settings)
    shape = LISTEN[settings.transport]
    ip = settings.listener_ip
    async with host.run(listen_addrs=[Multiaddr(shape.format(ip=ip, port=0))]):
        port = host.get_addrs()[0].value_for_protocol("tcp")
        addr = shape.format(ip=board.own_ip() if ip == "0.0.0.0" else ip, port=port)
        await board.push(f"{common.test_key}_listener_multiaddr", f"{addr}/p2p/{host.get_id()}")
        await trio.sleep_forever()
    return 0


async def dial(common: Common, settings: Transport, board: Board) -> int:
    host = make_host(settings)
    addr = await board.pop(f"{common.test_key}_listener_multiaddr", settings.timeout_seconds)
    async with host.run(listen_addrs=[]):
        payload = bytes(PING_LENGTH)
        start = time.perf_counter()
        await host.connect(info_from_p2p_addr(Multiaddr(addr)))
        stream = await host.new_stream(info_from_p2p_addr(Multiaddr(addr)).peer_id, [PING])
        # The library's own ping service counts whole milliseconds.
        before = time.perf_counter()
        await stream.write(payload)
        echo = await read_exactly(stream, PING_LENGTH)
        end = time.perf_counter()
        if echo != payload:
            raise ValueError("the ping came back changed")
        print("latency:")
        print(f"  handshake_plus_one_rtt: {(end - start) * 1000:.3f}")
        print(f"  ping_rtt: {(end - before) * 1000:.3f}")
        print("  unit: ms", flush=True)
        return 0


async def run(common: Common, settings: Transport) -> int:
    """Returns the exit code."""
    async with Board(common.redis_host, common.redis_port) as board:
        with trio.fail_after(settings.timeout_seconds):
            return await (dial if settings.dialer else listen)(common, settings, board)
