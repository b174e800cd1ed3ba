"""A satellite for OpenMDAO: a Python file that needs nothing of the search, and a case database.

The file holds the source of :mod:`optimize.export.formats.openmdao_component`, the settings of the
problem and the design, so both are the same code. The database is OpenMDAO's own, one case per
design, and holds what the master documents hold: nothing is computed again.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openmdao.api as om

from optimize.export.formats import openmdao_component as component

Document = Mapping[str, Any]

_MAIN = '''

# --- the design -------------------------------------------------------------------------------

#: What the problem was built with.
PROBLEM = {problem}
#: Variables with an influence; the others are at their default.
DESIGN = {design}
#: Outputs as they were handed over.
OUTPUTS = {outputs}
OBJECTIVES = {objectives}
#: Lower and upper limit by output.
LIMITS = {limits}
#: Bounds of the real variables that may move, those of the run.
FREE = {free}


def check(satellite: Any) -> None:
    """Evaluate the design and say how far it is from what was handed over."""
    model = om.Problem(reports=None)
    part = SatelliteComponent(satellite=satellite, design=DESIGN)
    model.model.add_subsystem("satellite", part, promotes=["*"])
    model.setup()
    model.run_model()
    worst, name = max(
        (abs(float(model[output_name(satellite, key)][0]) / value - 1.0), key)
        for key, value in OUTPUTS.items()
        if value
    )
    print(f"{{len(OUTPUTS)}} outputs, largest difference {{worst:.1e}} in {{name}}")


def polish(satellite: Any) -> None:
    """Improve the first objective by SLSQP; the others may not become worse."""
    warnings.filterwarnings("ignore", category=om.DerivativesWarning)
    (first, sense), *others = OBJECTIVES.items()
    held = {{
        key: (None, OUTPUTS[key]) if how == "min" else (OUTPUTS[key], None)
        for key, how in others
    }}
    problem = polish_problem(
        satellite, DESIGN, free=FREE, objective=first, limits={{**LIMITS, **held}}, sense=sense
    )
    done = "converged" if problem.run_driver().success else "did not converge"
    found = float(problem[output_name(satellite, first)][0])
    print(f"SLSQP {{done}}: {{first}} from {{OUTPUTS[first]:.9g}} to {{found:.9g}}")
    for name in FREE:
        print(f"  {{name}} from {{DESIGN[name]:.6g}} to {{float(problem[name][0]):.6g}}")


if __name__ == "__main__":
    import warnings

    chosen = load_problem(**PROBLEM)
    check(chosen)
    polish(chosen)
'''


def write_openmdao(documents: Sequence[Document], folder: Path, stem: str) -> list[Path]:
    """Write one stand-alone component per design and one database of all.

    Parameters
    ----------
    documents
        Master documents.
    folder
        Where the files go.
    stem
        Name of the database without its suffix.

    Returns
    -------
    list of Path
        The Python files in the order of the documents, then the database.
    """
    files = []
    for document in documents:
        # A module's name has no dash, so that the file can be imported.
        path = folder / f"design_{document['design_id']}_openmdao.py"
        path.write_text(standalone(document), encoding="utf-8")
        files.append(path)
    database = folder / f"{stem}-openmdao.sql"
    write_cases(documents, database)
    return [*files, database]


def standalone(document: Document) -> str:
    """Return the text of a Python file with component, design and an example of its use."""
    source = Path(component.__file__).read_text(encoding="utf-8")
    title = f"Design {document['design_id']} of heliofront for OpenMDAO."
    source = source.replace(
        '"""The whole satellite as an OpenMDAO component.\n',
        f'"""{title}\n\nNeeds heliofront and openmdao; run it for a check and a polish.\n',
        1,
    )
    return source + _MAIN.format(**{key: _text(part) for key, part in settings(document).items()})


def _text(part: dict[str, Any]) -> str:
    """Return the source of a dict, one entry a line."""
    return "{\n" + "".join(f"    {key!r}: {value!r},\n" for key, value in part.items()) + "}"


def settings(document: Document) -> dict[str, Any]:
    """Return what the stand-alone file states: problem, design, outputs, objectives, limits."""
    entry = document["problem"]
    variables = document["variables"]
    return {
        "problem": {
            "name": entry["name"],
            "scenario": entry["scenario"],
            "assumptions": entry["overrides"],
            "cost_boundary": entry["cost_boundary"],
            "allow_unverified": entry["allow_unverified"],
            **({"catalog": entry["catalog"]} if entry["catalog"] else {}),
        },
        "design": {n: v["value"] for n, v in variables.items() if v["value"] is not None},
        "outputs": {
            n: o["value"] for n, o in document["outputs"].items() if o["value"] is not None
        },
        "objectives": {n: o["sense"] for n, o in document["objectives"].items()},
        "limits": {c["output"]: (c["lower"], c["upper"]) for c in document["constraints"].values()},
        "free": {
            name: tuple(v["searched"])
            for name, v in variables.items()
            if v["kind"] == "real" and v["active"] and v["searched"][0] < v["searched"][1]
        },
    }


def write_cases(documents: Sequence[Document], path: Path) -> None:
    """Write an OpenMDAO case database: one case per design, named after it.

    Variables are recorded as ``variables.NAME`` and outputs as ``outputs.NAME``, with units where
    OpenMDAO has them. A number without a value is recorded as NaN.

    Parameters
    ----------
    documents
        Master documents of one run.
    path
        Database file; replaced if it exists.
    """
    with tempfile.TemporaryDirectory() as work, _work_folder(work):
        problem = om.Problem(reports=None)
        recorder = om.SqliteRecorder(str(path.absolute()), record_viewer_data=False)
        first = documents[0]
        for part in ("variables", "outputs"):
            problem.model.add_subsystem(part, _numbers(first[part]))
        problem.add_recorder(recorder)
        problem.recording_options["includes"] = ["*"]
        problem.setup()
        for document in documents:
            for part in ("variables", "outputs"):
                for name, entry in document[part].items():
                    problem[f"{part}.{name}"] = _recorded(entry)
            problem.run_model()
            problem.record(document["design_id"])
        problem.cleanup()


def _numbers(entries: Mapping[str, Any]) -> Any:
    """Return a component whose outputs are the entries of a document."""
    part = om.IndepVarComp()
    for name, entry in entries.items():
        text = f"{entry['description']} [{entry['unit']}]"
        if entry.get("kind") == "choice":
            part.add_discrete_output(name, val="", desc=text)
        else:
            unit = component.UNITS.get(entry["unit"])
            part.add_output(name, val=0.0, units=unit, desc=text)
    return part


def _recorded(entry: Mapping[str, Any]) -> float | str:
    value = entry["value"]
    if entry.get("kind") == "choice":
        return value or ""
    return float("nan") if value is None else float(value)


@contextmanager
def _work_folder(folder: str) -> Iterator[None]:
    """Keep the folder that OpenMDAO makes for its own files out of the user's."""
    before = os.environ.get("OPENMDAO_WORKDIR")
    os.environ["OPENMDAO_WORKDIR"] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ["OPENMDAO_WORKDIR"]
        else:
            os.environ["OPENMDAO_WORKDIR"] = before
