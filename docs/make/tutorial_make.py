"""Make ``docs/tutorial.md``: run the commands it shows, keep their figures, fill in their numbers.

``python -m docs.make tutorial`` runs every command into ``build/tutorial`` (minutes), writes
``docs/tutorial.json`` and the pictures, and fills the generated blocks of the tutorial.
``--text`` only fills the blocks again from the stored numbers.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docs.make.readme import fill
from docs.make.tutorial_facts import FACTS
from docs.make.tutorial_text import blocks
from optimize.utils.files import write_text_atomic

PAGE = Path("docs/tutorial.md")
STORE = Path("docs/tutorial.json")
IMAGES = Path("docs/images")
BUILD = Path("build/tutorial")
IMAGE_LIMIT_BYTES = 120_000
_NOMINAL = "build/tutorial/nominal/*"


@dataclass(frozen=True)
class Step:
    """One command of the tutorial, and the figures it leaves that the page shows.

    Attributes
    ----------
    name
        Key of its numbers in the store.
    command
        What the page shows; ``{cheapest}`` is the design that ``nominal`` found, and a star at the
        end of a path stands for the one run folder in there.
    figures
        Name on the page to a pattern below ``build/tutorial``.
    """

    name: str
    command: str
    figures: tuple[tuple[str, str], ...] = ()


_YEARS = "heliofront breakeven configs/2035.yaml --axis year=2027:2035 --points 3"
_SOLVE = "heliofront breakeven configs/2035.yaml --solve cost_ratio_to_ground=1"
STEPS = (
    Step(
        "nominal",
        "heliofront run configs/2035.yaml --generations 100 --out build/tutorial/nominal",
        (("cost", "nominal/*/figures/cost_waterfall.png"),),
    ),
    Step("no_chips", f"{_YEARS} --futures 0 --boundary no_chips"),
    Step("launch_only", f"{_YEARS} --futures 0 --boundary launch_only"),
    Step(
        "scenarios",
        "heliofront compare --scenarios 2035 mccalip suncatcher starcloud --waterfall "
        "--evaluations 4000 --out build/tutorial/scenarios",
        (
            ("scenarios", "scenarios/scenarios.png"),
            ("waterfall", "scenarios/waterfall_mccalip_suncatcher.png"),
        ),
    ),
    Step(
        "curves",
        "heliofront breakeven configs/2035.yaml --points 9 --futures 16 "
        "--axis launch_price_usd_per_kg --axis array_price_usd_per_w "
        "--axis radiator_mass_kg_per_m2 --axis gpu_failure_rate_per_yr "
        "--axis electricity_price_usd_per_kwh --axis year --out build/tutorial/curves",
        (("curves", "curves/breakeven.png"),),
    ),
    Step("solve_launch", f"{_SOLVE} --for launch_price_usd_per_kg=10:2000 --futures 0"),
    Step("solve_electricity", f"{_SOLVE} --for electricity_price_usd_per_kwh=0.02:3 --futures 0"),
    Step(
        "solve_optimistic",
        f"{_SOLVE} --for launch_price_usd_per_kg=10:2000 --futures 0 "
        "--set scenario=optimistic --set launch_year=2035",
    ),
    Step("by_2035", f"{_YEARS} --futures 256"),
    Step(
        "sensitivity",
        f"heliofront sensitivity {_NOMINAL} --design {{cheapest}} --output cost_ratio_to_ground "
        "--samples 512 --top 10 --out build/tutorial/sensitivity",
        (("sensitivity", "sensitivity/*.png"),),
    ),
    Step(
        "odds",
        f"heliofront odds {_NOMINAL} --output cost_ratio_to_ground --out build/tutorial/odds",
        (("odds", "odds/odds-cost_ratio_to_ground.png"),),
    ),
    Step(
        "robust",
        "heliofront run configs/robust.yaml --set scenario=2035 --set uncertainty.futures=64 "
        "--generations 60 --out build/tutorial/robust",
        (("robust", "robust/*/figures/robustness.png"),),
    ),
    Step(
        "map",
        "heliofront breakeven configs/moon.yaml --map launch_price_usd_per_kg=10:1000 "
        "imported_share=0:1 --grid 7 --futures 8 --out build/tutorial/map",
        (("map", "map/architecture_map.png"),),
    ),
    Step(
        "fleet",
        f"heliofront fleet {_NOMINAL} --design {{cheapest}} --out build/tutorial/fleet",
        (("fleet", "fleet/fleet.png"),),
    ),
)


def arguments_of(command: str) -> list[str]:
    """Split a command of the page into arguments, a star replaced by the run folder it names.

    Examples
    --------
    >>> arguments_of("heliofront run configs/quick.yaml --seed 2")
    ['run', 'configs/quick.yaml', '--seed', '2']
    """
    arguments = []
    for word in shlex.split(command)[1:]:
        folders = sorted(Path().glob(word)) if word.endswith("/*") else []
        arguments.append(folders[0].as_posix() if folders else word)
    return arguments


def _single_file(pattern: str) -> Path:
    files = sorted(BUILD.glob(pattern))
    if len(files) != 1:
        raise FileNotFoundError(f"{BUILD / pattern} names {len(files)} files, one is needed")
    return files[0]


def _run(command: str) -> dict[str, Any]:
    process = subprocess.run(
        [sys.executable, "-m", "optimize", *arguments_of(command), "--json"],
        check=True,
        stdout=subprocess.PIPE,
    )
    answer: dict[str, Any] = json.loads(process.stdout)
    return answer


def keep_picture(source: Path, target: Path, *, limit_bytes: int = IMAGE_LIMIT_BYTES) -> None:
    """Save a picture in few colours, narrower until it is small enough.

    Parameters
    ----------
    source, target
        PNG files; the target's folder is made.
    limit_bytes
        Largest size allowed.
    """
    from PIL import Image

    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as opened:
        image = opened.convert("RGB")
    width_px = image.width
    while True:
        size = (width_px, round(image.height * width_px / image.width))
        smaller = image.resize(size, Image.Resampling.LANCZOS) if width_px < image.width else image
        smaller.quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)
        if target.stat().st_size <= limit_bytes:
            return
        width_px = int(width_px * 0.85)


def run_steps() -> dict[str, Any]:
    """Run every command afresh; return commands, figures and numbers for the store."""
    shutil.rmtree(BUILD, ignore_errors=True)
    stored: dict[str, Any] = {"commands": {}, "figures": {}, "facts": {}}
    for step in STEPS:
        cheapest = stored["facts"].get("nominal", {}).get("design_id", "")
        command = step.command.replace("{cheapest}", cheapest)
        print(command, file=sys.stderr)
        stored["commands"][step.name] = command
        stored["facts"][step.name] = FACTS[step.name](_run(command))
        for name, pattern in step.figures:
            target = IMAGES / f"tutorial-{name}.png"
            keep_picture(_single_file(pattern), target)
            stored["figures"][name] = target.relative_to(PAGE.parent).as_posix()
    return stored


def main(arguments: Sequence[str]) -> int:
    """Make the tutorial; with ``--text`` only its blocks, from the stored numbers."""
    if "--text" not in arguments:
        stored = json.dumps(run_steps(), indent=1, ensure_ascii=False) + "\n"
        write_text_atomic(STORE, stored)
    store = json.loads(STORE.read_text(encoding="utf-8"))
    write_text_atomic(PAGE, fill(PAGE.read_text(encoding="utf-8"), blocks(store)))
    return 0
