"""Change the code in small ways and see whether the tests notice: ``make mutants``."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from tests.mutants.contexts import FOLDER, IMPORT
from tests.mutants.mutations import Mutation, mutations
from tests.mutants.trial import ROOT, Mutant, tried, unchanged

AIM = 0.85
CONTROLS = 8  # trials of the code as it is, which must pass
WORK = ROOT / "build" / "mutants"
#: What is changed, by part of the program; parts get an equal number of mutants.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "model": ("problems/*.py",),
    "engine": ("optimize/engine/*.py", "optimize/evaluation/*.py", "optimize/designs/*.py"),
    "run folder": ("optimize/run/*.py", "optimize/config/*.py", "optimize/utils/files.py"),
    "exports": ("optimize/export/*.py",),
}
_OUTSIDE = ("problems/data/build/*", "*/__init__.py")
#: The short suite: no test that takes processes, browsers or stopwatches.
_IGNORED = ("tests/docs", "tests/mutants", "tests/peers", "tests/reliability")
_IGNORED += ("tests/optimize/benchmark", "tests/optimize/campaign", "tests/optimize/explorer")
_IGNORED += ("tests/test_main_job.py",)


@dataclass(frozen=True)
class Record:
    """What the tests execute: test functions by file and line, and how long each takes."""

    lines: Mapping[str, Mapping[int, frozenset[str]]]
    seconds: Mapping[str, float]

    def tests_for(self, path: str, line: int, patience_s: float) -> tuple[tuple[str, ...], float]:
        """Return the tests that execute a line, then those that execute any line of its file.

        A result that is kept in memory hides a line from every test but the first, hence the
        others. Of both, tests of the same wing come before those that merely pass through, and
        quick ones before slow ones; as many as ``patience_s`` allows but one at least.
        """
        of_file = self.lines.get(path, {})
        near = of_file.get(line, frozenset())
        own = (f"tests/{'/'.join(Path(path).parent.parts[:2])}/", f"{path}::")

        def order(name: str) -> tuple[bool, bool, float, str]:
            return (name not in near, not name.startswith(own), self.seconds[name], name)

        chosen, total = [], 0.0
        for name in sorted(set().union(*of_file.values()), key=order):
            if chosen and total + self.seconds[name] > patience_s:
                break
            chosen.append(name)
            total += self.seconds[name]
        return tuple(chosen), total


def record(folder: Path, tests: Sequence[str], processes: int) -> None:
    """Run the short suite with a note of what it executes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.contexts", *tests]
    command += [f"--ignore={path}" for path in _IGNORED]
    command += ["-n", str(processes)] if processes > 1 else ["-p", "no:xdist"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, FOLDER: str(folder)}, check=False)


def read_record(folder: Path) -> Record:
    """Return what :func:`record` noted; tests that failed or were skipped are left out."""
    import coverage  # the tests of this tool do without it

    seconds: dict[str, float] = {}
    for file in folder.glob("seconds-*.json"):
        seconds |= json.loads(file.read_text(encoding="utf-8"))
    of_file: dict[str, set[str]] = {}
    for name in seconds:
        of_file.setdefault(name.partition("::")[0], set()).add(name)
    lines: dict[str, dict[int, frozenset[str]]] = {}
    for file in folder.glob("lines-*"):
        data = coverage.CoverageData(str(file))
        data.read()
        for path in data.measured_files():
            known = lines.setdefault(str(Path(path).relative_to(ROOT)), {})
            for line, contexts in data.contexts_by_lineno(path).items():
                for context in contexts:
                    name = context.removeprefix(IMPORT)
                    names = of_file.get(name, {name} & seconds.keys())
                    at = line if name == context else 0  # of the file, not of a line
                    known[at] = known.get(at, frozenset()) | names
                known.setdefault(line, frozenset())
    return Record(lines, seconds)


def chosen(noted: Record, number: int, seed: int, only: str, patience_s: float) -> list[Mutant]:
    """Return mutants drawn from all, the same number of every group, at most one a line."""
    rng = random.Random(seed)
    drawn: list[list[Mutant]] = []
    for group, patterns in GROUPS.items():
        every = list(_mutants(noted, group, patterns, only, patience_s))
        rng.shuffle(every)
        if every:
            drawn.append(list({(m.path, m.mutation.line): m for m in every}.values()))
    found = [mutant for of_group in drawn for mutant in of_group[: number // len(drawn)]]
    rng.shuffle(found)
    return found


def _mutants(
    noted: Record, group: str, patterns: Sequence[str], only: str, patience_s: float
) -> Iterator[Mutant]:
    for path in sorted(noted.lines):
        inside = any(fnmatch(path, p) for p in patterns) and fnmatch(path, only)
        if not inside or any(fnmatch(path, p) for p in _OUTSIDE):
            continue
        for mutation in mutations((ROOT / path).read_bytes()):
            if mutation.line in noted.lines[path]:  # what nothing executes is for coverage to tell
                tests, seconds = noted.tests_for(path, mutation.line, patience_s)
                if tests:
                    yield Mutant(group, path, mutation, tests, seconds)


def keep_result(file: Path, mutant: Mutant, caught: bool) -> None:
    """Add one result to those of a record, for a later sitting to go on from."""
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps([mutant.group, mutant.path, mutant.mutation, caught]) + "\n")


def kept_results(file: Path) -> dict[Mutant, bool]:
    """Return whether each change was caught that :func:`keep_result` noted."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    rows = map(json.loads, lines)
    return {Mutant(group, path, Mutation(*of)): caught for group, path, of, caught in rows}


def _control(mutant: Mutant, caught: bool, _: int) -> None:
    """Refuse to go on when tests fail without any change: everything would count as caught."""
    if caught:
        raise SystemExit(f"fail on the code as it is: {' '.join(mutant.tests)}")


def _report(results: Mapping[Mutant, bool]) -> str:
    lines = ["", "survived:"] if not all(results.values()) else [""]
    lines += sorted(f"  {mutant.text}" for mutant, caught in results.items() if not caught)
    for group in GROUPS:
        own = [caught for mutant, caught in results.items() if mutant.group == group]
        if own:
            lines.append(f"{group}: {sum(own)} of {len(own)} caught ({sum(own) / len(own):.0%})")
    total = sum(results.values())
    lines.append(f"all: {total} of {len(results)} caught ({total / max(len(results), 1):.1%})")
    return "\n".join(lines)


def main() -> int:
    """Return 0 when at least :data:`AIM` of the mutants were caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("tests", nargs="*", default=[], help="tests to record (all)")
    parser.add_argument("--number", type=int, default=200, help="of mutants (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (1)")
    parser.add_argument("--only", default="*", help="files to change, as a pattern")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--patience", type=float, default=60.0, help="tests of a mutant [s] (60)")
    parser.add_argument(
        "--again",
        action="store_true",
        help="with the record of the last time, of the same code: what was tried counts, and is "
        "not tried again; a greater number with the same seed goes on where the last time ended",
    )
    options = parser.parse_args()
    if not options.again:
        record(WORK / "record", options.tests, options.processes)
    noted = read_record(WORK / "record")
    drawn = chosen(noted, options.number, options.seed, options.only, options.patience)
    kept = WORK / "record" / "results.jsonl"
    results = kept_results(kept)
    mutants = [mutant for mutant in drawn if mutant.change not in results]

    def told(mutant: Mutant, caught: bool, count: int) -> None:
        results[mutant.change] = caught
        keep_result(kept, mutant, caught)
        verdict = "caught" if caught else "SURVIVED"
        print(f"{count}/{len(mutants)} {verdict}: {mutant.text}", flush=True)

    tried([*map(unchanged, mutants[:CONTROLS])], WORK / "copies", options.processes, _control)
    tried(mutants, WORK / "copies", options.processes, told)
    text = _report(results)
    (WORK / "report.txt").write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0 if sum(results.values()) >= AIM * len(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
