"""What a campaign prints."""

from __future__ import annotations

from optimize.campaign.summary import quality_table
from optimize.utils.terminal import fitted

_VOLUME = {"median": 0.4, "lowest": 0.3, "highest": 0.5, "interquartile_range": 0.1}
_SHARES = {"share_of_union_hypervolume": 0.98, "share_of_union": 0.75}


def test_comparison_of_algorithms_fits_the_terminal() -> None:
    algorithm = {"algorithm": "nsga2", "runs": 5, "hypervolume": _VOLUME, **_SHARES}
    quality = [{"scenario": "2030", "algorithms": [algorithm]}]
    with fitted(80):
        lines = quality_table(quality)
    assert max(map(len, lines)) <= 80
    assert all(text in "\n".join(lines) for text in ("nsga2", "0.30000", "75"))
