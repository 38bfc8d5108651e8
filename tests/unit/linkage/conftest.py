"""A town that speaks with its gateway through files, and the intermediate server on the other side of the folders."""

from pathlib import Path

import pytest

from tests.fakes.intermediate_server import IntermediateServer
from tests.unit.linkage.file_town import FileTown


@pytest.fixture
def town(tmp_path: Path) -> FileTown:
    return FileTown(tmp_path)


@pytest.fixture
def server(town: FileTown) -> IntermediateServer:
    return town.server()
