"""Python's cyclic garbage collector, out of the way of bulk work."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Keep the collector from running while a large list is worked through.

    Making hundreds of thousands of rows sets it off again and again, each time over everything the process holds: a
    third of an import's time. Rows form no cycles, so counting references frees them all the same. Other threads'
    cycles wait until the end.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
