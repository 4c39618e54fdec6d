"""A py-libp2p peer as interop/README.md defines it. Everything comes from the environment."""

import logging
import os
import signal
import sys
import threading

import trio

from settings import Common, Failure, Kademlia, Transport, Unsupported, one_line, root_of

LEAVE_SECONDS = 3.0
EXIT_UNSUPPORTED = 3


def leave_soon(code: int) -> None:
    """Ends the process even where py-libp2p does not come to an end with its connections."""
    timer = threading.Timer(LEAVE_SECONDS, os._exit, (code,))
    timer.daemon = True
    timer.start()


async def stop_on_signal(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            leave_soon(0)
            scope.cancel()
            return


def log_to_stderr(debug: bool) -> None:
    """Takes py-libp2p's loggers over: when imported it cuts them off from everybody's handlers."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    libp2p = logging.getLogger("libp2p")
    libp2p.propagate = True
    for logger in (libp2p, logging.getLogger("interop")):
        logger.setLevel(logging.DEBUG if debug else logging.WARNING)


async def work(common: Common) -> int:
    """Does what the environment asks for. Returns the exit code."""
    # py-libp2p takes a second or more to import: what is wrong with the settings is said before.
    if "IS_DIALER" in os.environ:
        settings = Transport()
        import transport

        log_to_stderr(common.debug)
        return await transport.run(common, settings)
    role = Kademlia()
    import kademlia

    log_to_stderr(common.debug)
    return await kademlia.run(common, role)


def report(error: Exception) -> int:
    """Says on stdout why the work failed. Returns the exit code."""
    reason = root_of(error)
    logging.getLogger("interop").debug("failed", exc_info=error)
    if isinstance(reason, Unsupported):
        print(f"status: unsupported\nerror: {reason}", flush=True)
        return EXIT_UNSUPPORTED
    if os.environ.get("ROLE") == "querier":
        print("status: fail")
    print(f"error: {one_line(reason)}", flush=True)
    return 1


async def supervise(common: Common) -> int:
    code = 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stop_on_signal, nursery.cancel_scope)
        try:
            code = await work(common)
        except Exception as error:
            code = report(error)
        leave_soon(code)
        nursery.cancel_scope.cancel()
    return code


def main() -> int:
    try:
        common = Common.read()
    except Failure as error:
        return report(error)
    return trio.run(supervise, common)


if __name__ == "__main__":
    sys.exit(main())
