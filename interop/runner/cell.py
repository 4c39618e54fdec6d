"""One cell: three peers, a bootstrap node, a publisher and a reader, in one network of their own."""

from dataclasses import dataclass

from runner.stage import Stage, Test

PASS = "status: pass"


@dataclass(frozen=True)
class Cell(Test):
    profile: str
    bootstrap: str
    provider: str
    querier: str

    roles = ("bootstrap", "provider", "querier")

    @property
    def name(self) -> str:
        """As libp2p's suite names its tests, with the profile behind it."""
        return f"{self.bootstrap}_x_{self.provider}_x_{self.querier}.{self.profile}"

    @property
    def peers(self) -> tuple[str, ...]:
        return (self.bootstrap, self.provider, self.querier)

    async def play(self, stage: Stage) -> None:
        """Whoever needs another's note waits for it by itself."""
        for role in self.roles:
            await self.enter(stage, role)
        await stage.until("querier", says=PASS)

    async def enter(self, stage: Stage, role: str, **environment: str) -> None:
        """The peer of that role, with an environment beyond the contract's."""
        peer = stage.peers[dict(zip(self.roles, self.peers))[role]]
        common = {"ROLE": role, "PROFILE": self.profile}
        await stage.start(role, peer, stays=role != "querier", **common, **environment)
