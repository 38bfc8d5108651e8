"""One small generation shared by the tests of the generator."""

import pytest
from tests.unit.demo.reading import SEED, Generated

from tasuki.demo.generator import TownSize, generate


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    folder = tmp_path_factory.mktemp("towns")
    calls: list[tuple[str, int, int]] = []
    manifest = generate(folder, seed=SEED, size=TownSize.SMALL, progress=lambda *call: calls.append(call))
    return Generated(folder, manifest, calls)
