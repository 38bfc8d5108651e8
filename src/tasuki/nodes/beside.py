"""Work that is done beside the thread that wants it."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def beside(threads: Executor, work: Callable[[], T]) -> "Future[T]":
    """Have work done by another thread, which gives back the database connections that it took.

    A thread that ends with one takes it from the pool for good; even a look at a peer's keys takes one.
    """

    def done() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    return threads.submit(done)
