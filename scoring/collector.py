"""The garbage collector, out of the way of a computation that makes no cycles."""

import gc
from contextlib import contextmanager


@contextmanager
def collector_paused():
    """While this lasts (as a `with` or as a decorator) nobody looks for cycles.

    A run makes millions of small objects, none of which refers back, and what is no longer used is
    freed at once all the same. Looking through them again and again made the cost grow faster than
    the number of stations: 13 times for 10 times as many.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
