"""What heliofront promises about runs, inputs and outputs; every promise has tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """One line of docs/reliability.md."""

    key: str
    title: str
    text: str


PROMISES = tuple(
    Promise(*line)
    for line in (
        (
            "R1",
            "A killed run loses nothing",
            "`kill -9` at any moment: `heliofront resume` ends with the bytes of the uninterrupted "
            "run, for every algorithm, with convergence-based stopping, and for robust runs.",
        ),
        (
            "R2",
            "Ctrl-C and SIGTERM save first",
            "Exit code 130 or 143, the state is saved, the message names the command that goes on.",
        ),
        (
            "R3",
            "A damaged checkpoint is refused",
            "Any cut or flipped bit, another run's checkpoint, other versions: exit code 4 or the "
            "right result, never a wrong one.",
        ),
        (
            "R4",
            "Files are whole or absent",
            "Killed at any step of a write: the old file or the new one, and no leftovers after a "
            "resume.",
        ),
        (
            "R5",
            "A full disk costs nothing",
            "Exit code 6 with one message; once there is room, the run goes on to the same bytes.",
        ),
        (
            "R6",
            "One process per run folder",
            "A second one is told who works there (exit code 5); the lock of a dead process does "
            "not count.",
        ),
        (
            "R7",
            "Nothing is written elsewhere",
            "Names and folders that lead out of the run folder, or cannot be written, end before "
            "the first evaluation.",
        ),
        (
            "R8",
            "A model that misbehaves does no harm",
            "NaN, infinity, exceptions and time-outs are stored with design and reason and never "
            "reach the front; wrong shapes, and too many failures, end the run with a clear "
            "message. `evaluation.timeout_s` holds wherever a model is called, and what a model "
            "prints never mixes with an answer.",
        ),
        (
            "R9",
            "No feasible design is an answer too",
            "Exit code 3 with the least violating design and the constraints that stand in its "
            "way.",
        ),
        (
            "R10",
            "Fronts hold what they claim",
            "No member dominated, all feasible and within bounds; evaluated again, a design gives "
            "the same bytes.",
        ),
        (
            "R11",
            "The same seed gives the same bytes",
            "In another process, with other hash seeds, workers and threads.",
        ),
        (
            "R12",
            "No configuration crashes the tool",
            "Whatever the text: exit code 0 or 2 within three seconds of CPU, and no traceback.",
        ),
        (
            "R13",
            "Hostile YAML is harmless",
            "Tags, aliases, deep nesting, huge numbers, endless files: refused with the line, in "
            "bounded time and memory.",
        ),
        (
            "R14",
            "Faults are named where they are",
            "File, line, column, key and the nearest valid choice; the JSON Schema tells an editor "
            "the same while typing.",
        ),
        (
            "R15",
            "Data is never executed",
            "No pickle, eval, unsafe YAML or shell in the source; a malicious file is refused.",
        ),
        (
            "R16",
            "Cells stay cells",
            "No text becomes a formula in CSV or XLSX, and negative numbers stay numbers.",
        ),
        (
            "R17",
            "Labels stay labels",
            "No name, title or reason runs as a script in explorer, report or figures; no page "
            "asks the network.",
        ),
        (
            "R18",
            "The explorer keeps up",
            "Brushing 20,000 designs in 100 ms, 100,000 in 150 ms, at the 95th percentile.",
        ),
        (
            "R19",
            "Exports say the same numbers",
            "Every format is read by tools of others and compared; a wrong unit is noticed.",
        ),
        (
            "R20",
            "Old run folders open, or say why not",
            "A run of every release is kept and read; what another model computed is never passed "
            "off as ours.",
        ),
        (
            "R21",
            "Output fits its reader",
            "No escape codes in pipes; `--json` prints one valid document and nothing else.",
        ),
        (
            "R22",
            "Help and check are quick",
            "They import no numerical library: at most 250 and 500 ms of CPU time.",
        ),
        (
            "R23",
            "The wheel is complete",
            "Installed in a clean environment, it works outside the repository.",
        ),
        (
            "R24",
            "Surroundings do not matter",
            "Clock jumps, time zones, locales, odd folder names: the same bytes.",
        ),
        (
            "R25",
            "Long runs stay small",
            "Ten million evaluations with flat memory (under 50 MB of growth), and checkpoints "
            "under 2 % of the time.",
        ),
        (
            "R26",
            "A campaign survives its workers",
            "A killed worker changes no byte of the result, what is finished is never done again. "
            "A scheduler that is lost, or has no workers, is told at once and ends the campaign "
            "after `--patience`. A local campaign opens no port.",
        ),
        (
            "R27",
            "Expensive designs are not lost",
            "Trials stay in the storage; those of a killed worker are taken up by another. While "
            "the database is away it is asked again for five minutes, and no result in hand is "
            "lost.",
        ),
        (
            "R28",
            "The live explorer is for its owner alone",
            "Loopback, a secret address that stands on no command line, no file names; malformed "
            "requests do not bring it down, and no browser holds it up.",
        ),
        (
            "R29",
            "What is stored is what is read",
            "Every table of a run folder and its configuration have their SHA-256 in the manifest; "
            "a flipped bit, another run's table, an objective without a number or a manifest with "
            "a wrong type is refused with the file's name (exit code 4).",
        ),
        (
            "R30",
            "Somebody else's run folder is data",
            "Reading it loads no problem that is not shipped unless the user names it; the working "
            "directory never comes first where Python looks for modules.",
        ),
    )
)
