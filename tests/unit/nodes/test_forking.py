"""Children of several threads."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import process

import pytest

from tasuki.nodes.forking import forked, let_go, start, wait_for_end

THREADS, EACH = 3, 4


class Watched(set[process.BaseProcess]):
    """The standard library's list of children, which takes its time over forgetting one."""

    is_changing = False
    was_read_meanwhile = False

    def discard(self, child: object) -> None:
        self.is_changing = True
        time.sleep(0.02)
        super().discard(child)
        self.is_changing = False

    def __iter__(self) -> Iterator[process.BaseProcess]:
        self.was_read_meanwhile |= self.is_changing
        return super().__iter__()


def _child() -> int:
    made = forked().Process(target=time.sleep, args=(0,))
    start(made)
    wait_for_end(made)
    status = let_go(made)
    assert status is not None
    return status


def test_threads_do_not_disturb_each_others_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demonstration of which one command in a thousand was not started would fail every now and then."""
    children = Watched()
    monkeypatch.setattr(process, "_children", children)
    with ThreadPoolExecutor(THREADS) as threads:
        statuses = list(threads.map(lambda _number: _child(), range(THREADS * EACH)))
    assert statuses == [0] * THREADS * EACH
    assert not children.was_read_meanwhile
