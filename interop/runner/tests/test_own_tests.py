"""The peers' own tests are counted; none of them is passed over without a word."""

import os
import subprocess
import sys

from runner.tests.harness import TESTS, RunnerCase

PY_FAILS = """test_a (tests.test_a.A.test_a) ... ok
test_b (tests.test_a.A.test_b) ... FAIL
test_c (tests.test_a.A.test_c) ... ERROR

Ran 3 tests in 0.1s"""


class OwnTests(RunnerCase):
    def own_tests(self, require: str = "") -> tuple[int, str]:
        """With go and cargo as they are in this test's folder, and without py."""
        code = "import asyncio, sys; from runner import own_tests; own_tests.SUITES = own_tests.SUITES[:2]; "
        done = subprocess.run(
            [sys.executable, "-c", code + "sys.exit(asyncio.run(own_tests.main()))"],
            env={**os.environ, "PATH": self.path, "PYTHONPATH": str(TESTS.parents[1]), "INTEROP_REQUIRE": require},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )
        return done.returncode, done.stdout

    def tool(self, name: str, version: str, says: str = "", code: int = 0) -> None:
        self.program(
            name, f"#!/bin/sh\ncase $1 in test) cat <<'END'\n{says}\nEND\nexit {code} ;; *) echo {name} {version} ;; esac\n"
        )

    def test_all_are_counted(self) -> None:
        self.tool("go", "1.26.8", "=== RUN TestA\n--- PASS: TestA (0.0s)\n    --- PASS: TestA/b\n--- PASS: TestC (0.0s)")
        self.tool("cargo", "1.95.0", "test result: ok. 3 passed; 0 failed; 0 ignored\ntest result: ok. 4 passed; 0 failed;")
        code, text = self.own_tests()
        self.assertEqual(code, 0, text)
        self.assertEqual(
            text, "2 passed, 0 failed (interop/go)\n7 passed, 0 failed (interop/rust)\nown tests: 9 passed, 0 failed\n"
        )

    def test_one_that_fails(self) -> None:
        self.tool("go", "1.26.8", "--- PASS: TestA (0.0s)\n--- FAIL: TestC (0.0s)\nFAIL", 1)
        self.tool("cargo", "1.95.0", "test result: FAILED. 3 passed; 2 failed; 0 ignored", 101)
        code, text = self.own_tests()
        self.assertEqual(code, 1, text)
        self.assertIn("--- FAIL: TestC", text)
        self.assertTrue(text.endswith("own tests: 4 passed, 3 failed\n"), text)

    def test_what_does_not_build_or_has_no_tests_is_a_failure(self) -> None:
        self.tool("go", "1.26.8", "# pond.interop/go\n./kad.go:3: undefined: x", 1)
        self.tool("cargo", "1.95.0", "test result: ok. 0 passed; 0 failed; 0 ignored")
        code, text = self.own_tests()
        self.assertEqual(code, 1, text)
        self.assertTrue(text.endswith("own tests: 0 passed, 2 failed\n"), text)

    def test_a_toolchain_that_is_missing_is_named(self) -> None:
        self.tool("go", "1.19.8")
        self.tool("cargo", "1.95.0", "test result: ok. 3 passed; 0 failed; 0 ignored")
        code, text = self.own_tests()
        self.assertEqual(code, 0, text)
        self.assertRegex(text, r"^not tested: interop/go\. go 1\.19 is too old; .+\n3 passed, 0 failed \(interop/rust\)\n")
        code, text = self.own_tests(require="all")
        self.assertEqual(code, 1, text)

    def test_what_unittest_prints_is_understood(self) -> None:
        sys.path.insert(0, str(TESTS.parents[1]))
        from runner.own_tests import SUITES, count

        self.assertEqual([count(pattern, PY_FAILS) for pattern in (SUITES[2].passed, SUITES[2].failed)], [1, 2])
