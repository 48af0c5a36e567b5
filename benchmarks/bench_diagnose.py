"""How often `diagnose` names the cause that was planted: some eighty runs, real images, four kinds of networks.

Without a flag it prints the rates from the rows of `diagnose.csv`. `--half dev` diagnoses the scenarios of that half
that have no row yet and adds one after each, so that the same command goes on; `--only NAME` does one, again if it was
done before. `--half held_out` is run once, whole, with code and thresholds frozen: it refuses a tree with changes and
rows of another commit. `--list` tells the scenarios, `--table` prints Markdown for docs/why.md.

Right answers and halves: `plants/answers.csv`, committed before any scenario was diagnosed; that each plant moves what
it should: `plants/verified.csv`. Data: `apt-get install dataset-fashion-mnist`; SHIFTPROBE_DRAWINGS names a folder with
PNG files of the npm package openmoji (CC BY-SA 4.0), 32 px, a folder per group; nothing but numbers is kept of them.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, fields
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plants.domains import DRAWINGS
from plants.scenarios import DEV, HELD_OUT, Scenario, planted, scenarios
from plants.scoring import STRONG, Said, first, markdown, matched, scores
from shiftprobe.core.files import write_bytes

if TYPE_CHECKING:
    from shiftprobe.results.diagnosis import Diagnosis

TABLE = Path(__file__).with_name("diagnose.csv")
TRAININGS = 24  # units that a diagnosis may cost, confirmation included
NUMBERS = ("units", "screened", "run_seconds", "seconds")


def diagnosed(run: Path, given: dict[str, Any]) -> "Diagnosis":
    """The one call of what is judged here."""
    import shiftprobe

    diagnose: Any = shiftprobe.diagnose
    found: Diagnosis = diagnose(run, trainings=TRAININGS, workers=1, **given)  # in this process, whose time is told
    return found


def tried(scenario: Scenario, commit: str, keep: Path | None = None) -> Said:
    """Make the run of a scenario and diagnose it; a failure is a row with its reason."""
    import torch

    torch.set_num_threads(1)
    began = time.process_time()
    folder = Path(tempfile.mkdtemp(prefix="plant-")) if keep is None else keep / scenario.name
    plant = planted(scenario)
    run = plant.run(folder)
    made = time.process_time()
    told: dict[str, Any] = {"said": "failed", "grade": "", "strong": "", "units": 0.0, "screened": 0.0}
    try:
        found = diagnosed(run.path, plant.given())
        said, grade = first(found)
        strong = "|".join(cause.name for cause in found.causes if cause.grade == STRONG)
        told = {
            "said": said, "grade": grade, "strong": strong, "units": found.units, "screened": found.screened
        }  # fmt: skip
    except Exception as error:  # noqa: BLE001 - any failure of a diagnosis is a result
        told["reason"] = f"{type(error).__name__}: {error}"[:200].replace("\n", " ")
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    return Said(
        name=scenario.name, half=scenario.half, commit=commit, run_seconds=made - began,
        seconds=time.process_time() - made, **told,
    )  # fmt: skip


def rows(table: Path = TABLE) -> list[Said]:
    """What has been said so far."""
    if not table.exists():
        return []
    with table.open(newline="") as file:
        return [
            Said(**{key: float(value) if key in NUMBERS else value for key, value in line.items()})  # type: ignore[arg-type]
            for line in csv.DictReader(file)
        ]


def write(found: Iterable[Said], table: Path = TABLE) -> None:
    """All rows in the order of the scenarios; the file is written whole."""
    import io

    places = {one.name: i for i, one in enumerate(scenarios())}
    kept = sorted((row for row in found if row.name in places), key=lambda row: places[row.name])
    out = io.StringIO()
    writer = csv.DictWriter(out, [one.name for one in fields(Said)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) | {key: f"{getattr(row, key):.1f}" for key in NUMBERS} for row in kept)
    write_bytes(table, out.getvalue().encode())


def refusal(found: Sequence[Said], commit: str, changes: Sequence[str]) -> str:
    """Why the held-out half may not be run now; empty where it may.

    Args:
        found: rows that are there.
        commit: what is checked out.
        changes: files that differ from it, without the table of rows.
    """
    before = [row for row in found if row.half == HELD_OUT]
    if changes:
        return f"wanted code frozen by a commit, got changes in {', '.join(changes[:3])}; commit them first"
    if any(row.commit != commit for row in before):
        return f"the held-out half was begun at {before[0].commit[:12]}; it is run once, with the code of one commit"
    if len(before) == sum(one.half == HELD_OUT for one in scenarios()):
        return "the held-out half was run; its rows stand in diagnose.csv"
    return ""


def _git(*words: str) -> str:
    told = subprocess.run(  # noqa: S603 - our own arguments
        ["git", *words], cwd=TABLE.parent, capture_output=True, text=True, check=True  # noqa: S607 - git is on the path
    )  # fmt: skip
    return told.stdout


def _changes() -> list[str]:
    """Files that differ from the commit, but for the rows themselves."""
    lines = (line[3:] for line in _git("status", "--porcelain").splitlines())
    return [path for path in lines if not path.endswith(f"/{TABLE.name}")]


def perform(wanted: Sequence[Scenario], workers: int, keep: Path | None) -> None:
    """Diagnose one after the other, or several side by side; a row is written after each."""
    commit, found = _git("rev-parse", "HEAD").strip(), rows()
    for said in _all(wanted, commit, workers, keep):
        found = [row for row in found if row.name != said.name] + [said]
        write(found)
        print(
            f"{said.name}: {said.said} {said.grade} ({said.run_seconds + said.seconds:.0f} s) {said.reason}", flush=True
        )


def _all(wanted: Sequence[Scenario], commit: str, workers: int, keep: Path | None) -> Iterator[Said]:
    if workers == 1:
        yield from (tried(one, commit, keep) for one in wanted)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(tried, one, commit, keep) for one in wanted]):
            yield done.result()


def report(table: bool) -> Iterator[str]:
    """The rates of both halves, for a terminal or as Markdown."""
    for half in (DEV, HELD_OUT):
        pairs = matched(scenarios(), rows(), half)
        if table:
            yield from (f"**{half}**", "", *markdown(pairs), "")
        elif pairs:
            yield from (
                f"{half} {title} {name}: right {one.right}; wrong and strong {one.wrong_strong}; abstained "
                f"{one.abstained}; units {one.screened:g}, {one.units:g}"
                for title, name, one in scores(pairs)
            )


def main() -> None:
    """Diagnose what is missing, or tell what there is."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--half", choices=(DEV, HELD_OUT))
    ask.add_argument("--only", metavar="NAME", action="append")
    ask.add_argument("--list", action="store_true")
    ask.add_argument("--table", action="store_true")
    ask.add_argument("--workers", type=int, default=1)
    ask.add_argument("--keep", type=Path, help="a folder for the runs of dev, to look at them")
    asked, every = ask.parse_args(), scenarios()
    if asked.list:
        print(*(f"{one.half:9}{one.name:40}{' '.join(one.accepted)}" for one in every), sep="\n")
    elif asked.half is None and asked.only is None:
        print(*report(asked.table), sep="\n")
    else:
        half = asked.half or DEV
        done = {row.name for row in rows()}
        why = refusal(rows(), _git("rev-parse", "HEAD").strip(), _changes()) if half == HELD_OUT else ""
        why = (
            "the held-out half is run whole; leave --only and --keep out"
            if half == HELD_OUT and (asked.only or asked.keep)
            else why
        )
        unknown = set(asked.only or ()) - {one.name for one in every if one.half == half}
        why = f"no scenario of {half} named {', '.join(sorted(unknown))}; --list tells them" if unknown else why
        why = why or ("" if os.environ.get(DRAWINGS) else f"set {DRAWINGS}: see the docstring")
        if why:
            sys.exit(why)
        some = [one for one in every if one.half == half]
        perform([one for one in some if (one.name in asked.only if asked.only else one.name not in done)],
                asked.workers, asked.keep)  # fmt: skip


if __name__ == "__main__":
    main()
