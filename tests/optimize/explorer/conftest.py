"""The browser and the pages that tests of the explorer share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from optimize.explorer import write_explorer
from optimize.run.folder import RunData
from tests.optimize.explorer.browser import Page, chromium
from tests.optimize.explorer.designs import stored_run


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="session")
def page(downloads: Path) -> Iterator[Page]:
    with chromium(downloads) as found:
        yield found


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    return stored_run(tmp_path_factory.mktemp("little"))


@pytest.fixture(scope="session")
def explorer(run: RunData) -> Path:
    return write_explorer([run], run.path / "explorer.html")
