"""The table of accepted and refused values that every language reads."""

import base64
import json
import pathlib
import unittest

from coincurve import PrivateKey

import records

VECTORS = pathlib.Path(__file__).parents[3] / "tests" / "vectors" / "eth_records.json"


def value_of(vector: dict[str, str]) -> bytes:
    return base64.b64decode(vector["valueBase64"]) if "valueBase64" in vector else vector["value"].encode()


class Vectors(unittest.TestCase):
    def test_every_verdict_is_that_of_the_table(self) -> None:
        vectors = json.loads(VECTORS.read_text())["records"]
        self.assertGreater(len(vectors), 50)
        for vector in vectors:
            with self.subTest(vector["name"], expect=vector["expect"]):
                arguments = vector["key"], value_of(vector), vector["network"], vector["now"]
                if vector["expect"] == "valid":
                    records.verify(*arguments)
                else:
                    with self.assertRaises(records.InvalidRecord):
                        records.verify(*arguments)


class Signing(unittest.TestCase):
    account = records.Account(PrivateKey(b"\x01" * 32))

    def make(self, name: str = "agent") -> bytes:
        peer = "16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa"
        return records.sign(self.account, peer, ["/ip4/127.0.0.1/tcp/8000"], "local", name)

    def test_what_is_signed_verifies(self) -> None:
        for name in ("agent", "ágent \U0001f600"):
            records.verify(self.account.record_key, self.make(name), "local")

    def test_a_changed_octet_does_not(self) -> None:
        with self.assertRaisesRegex(records.InvalidRecord, "signed by another key|recovered"):
            records.verify(self.account.record_key, self.make().replace(b'"agent"', b'"agEnt"', 1), "local")

    def test_another_network_does_not(self) -> None:
        with self.assertRaisesRegex(records.InvalidRecord, "another network"):
            records.verify(self.account.record_key, self.make(), "base")

    def test_a_later_record_is_worth_more(self) -> None:
        self.assertLess(records.worth(b'{"timestamp":1,"expires":9}'), records.worth(b'{"timestamp":2,"expires":3}'))
