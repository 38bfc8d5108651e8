"""Every kind of long work can be asked for, done and shown."""

from tasuki.jobs import works
from tasuki.web.presenters import work


def test_every_kind_that_is_done_is_worded() -> None:
    assert set(works.KINDS) == set(work.KINDS)
