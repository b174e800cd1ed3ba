"""Command lines of the benchmarks refuse what makes no sense, with a message and 2."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from optimize.benchmark.speed import certificates, derivatives, epsilon, race, tracing


@pytest.mark.parametrize(
    ("main", "arguments", "said"),
    [
        (certificates.main, ["/nowhere"], "/nowhere is not a run folder"),
        (derivatives.main, ["abc"], "a whole number from 1 on is wanted, not 'abc'"),
        (derivatives.main, ["0"], "a whole number from 1 on is wanted, not '0'"),
        (tracing.main, ["nosuch"], "nosuch: no such file"),
        (epsilon.main, ["nosuch"], "nosuch: no such file"),
        (epsilon.main, ["--seeds", "-1"], "a whole number from 1 on is wanted, not '-1'"),
        (race.main, ["nosuch"], "nosuch: no such file"),
        (race.main, ["--seeds", "none"], "a whole number from 1 on is wanted, not 'none'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    main: Callable[[Sequence[str]], None],
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert said in capsys.readouterr().err
