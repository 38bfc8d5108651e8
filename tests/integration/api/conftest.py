"""A town whose keys lie in a folder of the test's own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from tasuki.jobs.town import number_cipher
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.persons.operations import admit_system
from tests.integration.persons.index import AT, CLERK


@pytest.fixture(autouse=True)
def town(settings: Settings, tmp_path: Path) -> None:
    """Answer at a town's own addresses."""
    write_secret(tmp_path / "master.key", b"k" * 32)
    settings.ROOT_URLCONF = "tasuki.config.urls.town"
    settings.KEYS = NodeKeys(tmp_path)
    number_cipher.cache_clear()


@pytest.fixture
def clock() -> time_machine.Traveller:
    """Stand still on a day at ten in the morning; a test moves it on."""
    with time_machine.travel(datetime(2026, 11, 24, 1, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def care(db: None) -> str:
    """A care-insurance system that was admitted."""
    admit_system(system="care", name="介護保険システム", name_en="Care insurance", by=CLERK, at=AT)
    return "care"
