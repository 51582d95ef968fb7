"""Waiting for what another process or thread does, and the ports where it is met.

Nothing waits for a fixed time: a machine under load is several times slower than a quiet one.
"""

import random
import socket
import time

# Longest wait for anything, in seconds. Only what goes wrong takes that long.
PATIENCE = 120
# Below those that connections take for their own end: free again for a server that is killed and
# started again, and no client can meet itself there meanwhile.
PORTS = range(20_000, 32_000)


def wait_until(condition, failure, seconds=PATIENCE, pause=0.05):
    """Ask `condition` until it holds; `failure` says what went wrong when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, failure
        time.sleep(pause)


def free_port() -> int:
    """A port of the loopback on which nobody listens."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def listens(port) -> bool:
    """Somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
