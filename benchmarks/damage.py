"""Damage to folders of results between two commands, and kills at any write: same bytes, or refused, or counted here.

    python benchmarks/damage.py damage-20261128.csv [--cases 60] [--kills 8] [--kinds audit,sweep] [--seed 0]

Each row is one case: a folder of a finished or a killed command, one file of it damaged, then the same command (or one
that reads the folder) again. Kills: the whole process group gets SIGKILL at its n-th rename, whichever process does
it, then the same command again. Rows are appended case by case; cases that are there already are not run again.
"""

import argparse
import csv
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from tests.hostile.damage import DAMAGE, Bench, Outcome, bench, files
from typer.testing import CliRunner

from shiftprobe.cli import app

FOLDER = Path(__file__).parent / "damage"
SIBLINGS = re.compile(r"\d+")  # files that differ in numbers alone are of one sort
ALL_RENAMES = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One damage, or one kill."""

    kind: str
    state: str  # finished, killed
    workers: int
    command: str  # again, or what reads the folder
    file: str = ""
    damage: str = ""
    at: int = 0  # rename at which it is killed
    outcome: str = ""
    code: int = 0
    said: str = ""
    seconds: float = 0.0

    @property
    def key(self) -> tuple[object, ...]:
        """What names it among others."""
        return self.kind, self.state, self.workers, self.command, self.file, self.damage, self.at


def cases(made: Bench, states: dict[str, Path], many: int, rng: np.random.Generator) -> Iterator[Case]:
    """Every sort of file with every damage, in a drawn order, at most so many."""
    found = []
    for state, out in states.items():
        sorts: dict[str, list[str]] = {}
        for path in files(made.folder(out)):
            sorts.setdefault(SIBLINGS.sub("#", str(path)), []).append(str(path))
        for paths in sorts.values():
            for damage in DAMAGE:
                again = Case(
                    kind=made.kind,
                    state=state,
                    workers=2 if made.kind == "audit" else 1,
                    command="again",
                    file=paths[int(rng.integers(len(paths)))],
                    damage=damage,
                )
                found.append(again)
                if state == "finished":
                    found.append(replace(again, command="report" if made.kind == "sweep" else "baseline"))
    order = rng.permutation(len(found)).tolist()
    yield from (found[i] for i in order[:many])


def damaged(made: Bench, case: Case, out: Path, rng: np.random.Generator) -> Case | None:
    """A case with its outcome; None where the damage cannot be done."""
    folder = made.folder(out)
    path = folder / case.file
    others = [folder / one for one in files(folder) if one.suffix == path.suffix and folder / one != path]
    if case.damage == "folder replaced":
        others = [one for one in others if one.name == path.name and one.parent.parent == path.parent.parent]
    if not others and "replaced" in case.damage:
        return None
    other = others[int(rng.integers(len(others)))] if others else path
    DAMAGE[case.damage](path, other, int(rng.integers(2**31)))
    start = time.perf_counter()
    if case.command == "baseline":
        found = against(made, out)
    elif case.command == "report":
        found = made.run(out, case.workers, ["report", str(folder)], 0)
    else:
        found = made.run(out, case.workers)
    return replace(
        case,
        outcome=found.word,
        code=found.code,
        said=found.said.replace(str(out), "OUT")[:160],
        seconds=round(time.perf_counter() - start, 1),
    )


def against(made: Bench, out: Path) -> Outcome:
    """An audit elsewhere that is held against the one in a folder; its verdicts are those of the undamaged one."""
    known = made.place / "against"
    if not known.exists():
        CliRunner().invoke(app, [*made.command(known, 2), "--baseline", str(made.place / "whole")])
    names = ("verdicts.json", "junit.xml")
    wanted = replace(made, reference={name: (known / name).read_bytes() for name in names})
    new, whole, kept = made.place / f"against-{out.name}", made.place / "whole", made.place / "kept"
    code = json.loads(wanted.reference["verdicts.json"])["exit_code"]
    whole.rename(kept)
    out.rename(whole)  # verdicts name the place of what they are held against
    found = wanted.run(new, 2, [*made.command(new, 2), "--baseline", str(whole)], code)
    whole.rename(out)
    kept.rename(whole)
    shutil.rmtree(new, ignore_errors=True)
    return found


def killed(made: Bench, place: Path, at: int, workers: int) -> Case:
    """A command killed at a rename, then run again."""
    out = place / f"k{at}w{workers}"
    start = time.perf_counter()
    died = made.killed(out, at, workers)
    found = made.run(out, workers)
    shutil.rmtree(out)
    return Case(
        kind=made.kind, state="killed" if died else "finished", workers=workers, command="again", at=at,
        outcome=found.word, code=found.code, said=found.said.replace(str(out), "OUT")[:160],
        seconds=round(time.perf_counter() - start, 1),
    )  # fmt: skip


def renames(made: Bench, place: Path) -> int:
    """How many renames a whole command makes."""
    out = place / "counted"
    made.killed(out, ALL_RENAMES)
    return ALL_RENAMES - int((made.place / "hook" / f"count-{out.name}").read_text())


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv")
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--kinds", default="audit,sweep")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / given.csv
    rows = [_typed(row) for row in csv.DictReader(path.open())] if path.exists() else []
    done = {row.key for row in rows}
    for kind in given.kinds.split(","):
        with tempfile.TemporaryDirectory() as folder:
            rng = np.random.default_rng(given.seed)
            for row in _all(bench(kind, Path(folder)), Path(folder), given, rng, done):
                _append(path, row)


def _all(
    made: Bench, place: Path, given: argparse.Namespace, rng: np.random.Generator, done: set[tuple[object, ...]]
) -> Iterator[Case]:
    whole = renames(made, place)
    half = place / "half"
    made.killed(half, max(2, int(0.6 * whole)))
    states = {"finished": place / "whole", "killed": half}
    for number, case in enumerate(cases(made, states, given.cases, rng)):
        out = place / f"c{number}"
        shutil.copytree(states[case.state], out)
        row = None if case.key in done else damaged(made, case, out, rng)
        shutil.rmtree(out)
        if row is not None:
            yield row
    for at in np.unique(np.linspace(1, whole, given.kills).round()).astype(int).tolist():
        workers = 2 if at % 2 else 1
        if not any(one[-1] == at and one[0] == made.kind for one in done):
            yield killed(made, place, at, workers)


def _typed(row: dict[str, str]) -> Case:
    return Case(
        kind=row["kind"], state=row["state"], workers=int(row["workers"]), command=row["command"], file=row["file"],
        damage=row["damage"], at=int(row["at"]), outcome=row["outcome"], code=int(row["code"]), said=row["said"],
        seconds=float(row["seconds"]),
    )  # fmt: skip


def _append(path: Path, row: Case) -> None:
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(asdict(row)), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(asdict(row))


if __name__ == "__main__":
    main()
