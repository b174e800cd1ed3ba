"""The server of processes that tests of kills and signals share: it imports everything once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reliability.processes import Server, server


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("server")) as one:
        yield one
