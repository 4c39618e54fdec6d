"""One pair of the transport suite: a listener and a dialer, over one transport and one security protocol."""

import math
from dataclasses import dataclass

from runner.stage import Stage, Test

TRANSPORTS = ("tcp", "ws")
SECURITIES = ("noise", "tls")


@dataclass(frozen=True)
class Pair(Test):
    transport: str
    security: str
    listener: str
    dialer: str

    roles = ("listener", "dialer")
    limit = 60.0

    @property
    def name(self) -> str:
        return f"{self.dialer}_x_{self.listener}.{self.transport}.{self.security}"

    @property
    def peers(self) -> tuple[str, ...]:
        return (self.listener, self.dialer)

    async def play(self, stage: Stage) -> None:
        environment = {
            "TRANSPORT": self.transport,
            "SECURE_CHANNEL": self.security,
            "MUXER": "yamux",
            "LISTENER_IP": "0.0.0.0",
            "TEST_TIMEOUT_SECS": str(math.ceil(stage.limit)),
        }
        await stage.start("listener", stage.peers[self.listener], IS_DIALER="false", **environment)
        await stage.start("dialer", stage.peers[self.dialer], stays=False, IS_DIALER="true", **environment)
        await stage.until("dialer", says="ping_rtt")
