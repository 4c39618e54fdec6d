"""One Kademlia question to one peer.

KadDHT answers from its own store first and does not say who took a record: whether the other side holds it, only the
other side knows.
"""

from libp2p.abc import IHost
from libp2p.custom_types import TProtocol
from libp2p.kad_dht.common import MAX_DHT_MESSAGE_SIZE
from libp2p.kad_dht.pb.kademlia_pb2 import Message
from libp2p.peer.id import ID
from libp2p.utils.varint import encode_varint_prefixed, read_varint_prefixed_bytes_limited


async def _ask(host: IHost, peer: ID, protocol: TProtocol, question: Message) -> Message:
    stream = await host.new_stream(peer, [protocol])
    try:
        await stream.write(encode_varint_prefixed(question.SerializeToString()))
        return Message.FromString(await read_varint_prefixed_bytes_limited(stream, MAX_DHT_MESSAGE_SIZE))
    finally:
        await stream.close()


async def holds_value(host: IHost, peer: ID, protocol: TProtocol, key: bytes, value: bytes) -> bool:
    answer = await _ask(host, peer, protocol, Message(type=Message.GET_VALUE, key=key))
    return answer.record.value == value
