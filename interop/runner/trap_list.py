"""The scenarios of the suite `traps`: for each of the thirteen traps the peers that trip, and what it costs to make the mistake."""

from runner.cell import Cell
from runner.traps import Trap

OPENPOND, UNIFIED = "openpond", "unified"
CLIENT = {"MODE": "client"}  # a publisher that serves nothing: what it published is at the bootstrap node alone
LONG = {"EXTRA_ADDRESSES": "60"}  # about 12 KiB of addresses
KAD_PING = "PING messages are unsupported"
STORED_NOWHERE = r"^provider \(rust\) exited with 1: \"nobody stored it\"$"
# js gives up by itself, at about the limit of that trap; rust tries on.
JS_NEVER_CONNECTS = (
    r"^querier \({name}\) exited with 1: The operation was aborted due to timeout$|^no outcome within \S+ s; .*; querier: "
)
RUST_NEVER_CONNECTS = r"^no outcome within \S+ s; .*; querier: "


def _cell(bootstrap: str, provider: str, querier: str, profile: str = OPENPOND) -> Cell:
    return Cell(profile, bootstrap, provider, querier)


def _mistake(name: str) -> dict[str, str]:
    return {"MISTAKE": name}


def _probe(name: str) -> dict[str, str]:
    return {"PROBE": name}


TRAPS: tuple[Trap, ...] = (
    # 1: go reuses its streams: an answer to ADD_PROVIDER becomes the answer to its next request.
    Trap(1, "no answer to go's ADD_PROVIDER", _cell("pond", "pond", "go"), provider=CLIENT, querier=_probe("announce")),
    Trap(1, "pond does not mind py's answer to ADD_PROVIDER", _cell("py", "pond", "pond", UNIFIED)),
    Trap(
        1, "a server that answers ADD_PROVIDER loses go", _cell("go", "pond", "go"), provider=CLIENT,
        bootstrap=_mistake("answers-add-provider"), querier=_probe("announce"), fails=r"get_value: "
    ),
    # 2: go compares the record in PUT_VALUE's answer with its own, and reads it without looking whether there is one.
    Trap(2, "the record in PUT_VALUE's answer to go", _cell("pond", "go", "go")),
    Trap(2, "the record in PUT_VALUE's answer to rust", _cell("pond", "rust", "rust")),
    Trap(
        2, "no record in PUT_VALUE's answer ends go", _cell("go", "go", "go"),
        bootstrap=_mistake("put-answer-without-record"), fails=r"provider \(go\) exited with"
    ),
    # 3: rust takes no message over 16 KiB.
    Trap(
        3, "FIND_NODE answers of at most 16 KiB toward rust", _cell("pond", "rust", "rust"), crowd=24, probe="answer-size"
    ),
    Trap(
        3, "FIND_NODE answers over 16 KiB lose rust", _cell("go", "rust", "rust"),
        bootstrap=_mistake("long-find-node-answer"), fails=STORED_NOWHERE
    ),
    # 4: rust reads one identify message of at most 4 KiB.
    Trap(4, "one identify of at most 4 KiB toward rust", _cell("pond", "rust", "rust"), bootstrap=LONG),
    Trap(
        4, "an identify over 4 KiB loses rust", _cell("go", "pond", "rust"), bootstrap=_mistake("long-identify"),
        fails=r"querier \(rust\) .*routing table"
    ),
    Trap(
        4, "an identify in two messages loses rust", _cell("go", "pond", "rust"), bootstrap=_mistake("split-identify"),
        fails=r"querier \(rust\) .*routing table"
    ),
    # 5: js drops a record that says not when it was received. These versions let it pass, since they take an unreadable time
    # for one; the last of these tests tells when that changes.
    Trap(5, "timeReceived of nine digits", _cell("pond", "pond", "go"), provider=CLIENT, querier=_probe("time")),
    Trap(
        5, "a server without timeReceived is found out", _cell("go", "pond", "go"), provider=CLIENT,
        bootstrap=_mistake("no-time-received"), querier=_probe("time"), fails=r"time_received: "
    ),
    Trap(5, "timeReceived toward js2", _cell("pond", "pond", "js2"), provider=CLIENT),
    Trap(5, "timeReceived toward js3", _cell("pond", "pond", "js3"), provider=CLIENT),
    *(
        Trap(
            5, f"{name} takes a record without timeReceived", _cell("go", "pond", name), provider=CLIENT,
            bootstrap=_mistake("no-time-received")
        )
        for name in ("js2", "js3")
    ),
    # 6: js reads the key of a provider as a CID.
    Trap(6, "a multihash as provider key at js2", _cell("js2", "pond", "pond"), provider=CLIENT),
    Trap(6, "a multihash as provider key at js3", _cell("js3", "pond", "pond"), provider=CLIENT),
    Trap(
        6, "js3 takes no text as provider key", _cell("js3", "pond", "pond", UNIFIED), provider=CLIENT,
        bootstrap={"FORCE": "true"}, fails=r"provider \(pond\) .*provide: .*no peer took it"
    ),
    # 7: others learn by identify, and by its push, who serves Kademlia. rust answers FIND_NODE out of its table alone.
    Trap(7, "a push tells rust that a client serves now", _cell("rust", "pond", "go"), provider={"MODE": "switch"}),
    *(
        Trap(7, f"rust names no client to {name}", _cell("rust", "pond", name), provider=CLIENT, fails=r"find_peer: ")
        for name in ("go", "pond")  # pond knows its addresses by then, from the record: this shows that it asks the network
    ),
    # 8: go needs one stream for all of its requests, as long as the server keeps it.
    Trap(8, "go reuses one stream", _cell("pond", "pond", "go"), provider=CLIENT, querier=_probe("reuse")),
    Trap(
        8, "a server of one answer a stream slows go", _cell("go", "pond", "go"), provider=CLIENT,
        bootstrap=_mistake("one-answer-per-stream"), querier=_probe("reuse"), fails=r"one_stream: "
    ),
    # 9: rust ends its side of the stream before it reads the answer; js, in these versions, after it has.
    Trap(9, "answers after go's half-close", _cell("pond", "pond", "go"), provider=CLIENT, querier=_probe("half-close")),
    Trap(9, "answers after rust's half-close", _cell("pond", "rust", "rust"), provider=CLIENT),
    Trap(
        9, "a server that goes with the half-close loses rust", _cell("go", "rust", "rust"),
        bootstrap=_mistake("half-close-ends-all"), fails=STORED_NOWHERE
    ),
    *(
        Trap(
            9, f"{name} reads before its half-close", _cell("go", name, name), bootstrap=_mistake("half-close-ends-all")
        )
        for name in ("js2", "js3")
    ),
    # 10: rust closes the stream on Kademlia's own PING.
    Trap(10, "no Kademlia PING from pond to rust", _cell("rust", "pond", "pond"), says=(KAD_PING, False)),
    Trap(10, "js2's Kademlia PING loses rust", _cell("rust", "js2", "js2"), says=(KAD_PING, True), fails=r"routing table"),
    # 11: js sends its proposal behind the header of multistream-select, rust its first message of Noise too.
    *(
        Trap(11, f"what {name} pipelines behind multistream-select", _cell("pond", "pond", name), proxy="forwards")
        for name in ("js2", "js3", "rust")
    ),
    *(
        Trap(
            11, f"a server that swallows what was pipelined loses {name}", _cell("pond", "pond", name),
            proxy="swallows", limit=30,
            fails=RUST_NEVER_CONNECTS if name == "rust" else JS_NEVER_CONNECTS.format(name=name)
        )
        for name in ("js2", "js3", "rust")
    ),
    # 12: left to itself js takes no peer with private addresses alone.
    Trap(12, "js3 with the mapper that passes all addresses", _cell("pond", "pond", "js3")),
    Trap(
        12, "js3 with its own mapper finds nobody on loopback", _cell("pond", "pond", "js3"),
        querier={"ADDRESS_MAPPER": "public"}, fails=r"routing table"
    ),
    # 13: js keeps the last of two valid records, rust whatever the application lets pass.
    *(
        Trap(
            13, f"a stale record that {name} took is outdone and corrected", _cell(name, "pond", "pond"),
            bootstrap={"KEEPS": "last"} if name == "rust" else {}, probe="stale"
        )
        for name in ("js2", "js3", "rust")
    ),
    Trap(
        13, "pond takes no stale record", _cell("pond", "pond", "go"), querier=_probe("stale"),
        fails=r"overwritten: .*the newer record stands"
    ),
)
