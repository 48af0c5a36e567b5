"""A process of its own that reads every hostile folder: a hang, a flood of memory or a file elsewhere is seen."""

import hashlib
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from tests.hostile.audit_folders import AUDITS
from tests.hostile.folder_case import SECRET, FolderCase, unpacked
from tests.hostile.run_folders import RUNS

FAMILIES: dict[str, list[FolderCase]] = {**RUNS, **AUDITS}
CASES = sorted((case for family in FAMILIES.values() for case in family), key=lambda case: case.asked == "probe")
"""All of them; those that import torch come last, because it takes memory for itself."""
PATIENCE = 30  # seconds
MEMORY = 6 * 2**30  # bytes of address space
MADE = {"compared.html", "summary.md"}  # what commands are asked to write beside the folder


class Hang(BaseException):
    """Longer than anybody waits."""


def commands(place: Path) -> dict[str, list[str]]:
    """What each way of reading is on a command line."""
    run = str(place / "run")
    return {
        "report": ["report", run],
        "markdown": ["report", run, "--markdown", str(place / "summary.md")],
        "many": ["report", run, str(place / "again"), "--out", str(place / "compared.html")],
        "figures": ["figures", run, "--only", "dial"],
        "predictions": ["predictions", run],
        "methods": ["methods", run],
        "probe": ["probe", run, "--probes", "distance"],
    }


def read(case: FolderCase, place: Path) -> tuple[int, str]:
    """Exit code and output of what was asked."""
    from typer.testing import CliRunner

    from shiftprobe.cli import app

    told = commands(place)
    if case.asked in told:
        done = CliRunner().invoke(app, told[case.asked])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output
    return _asked(case.asked, place)


def _asked(what: str, place: Path) -> tuple[int, str]:
    """What an audit reads, at the door that it reads by."""
    from shiftprobe.auditing.baseline import read_earlier
    from shiftprobe.auditing.read_run import read_headline
    from shiftprobe.core.errors import ShiftprobeError
    from shiftprobe.report.audit.page import write_audit

    try:
        if what == "gain":
            return 0, read_headline(place / "run").sentence or ""
        if what == "page":
            return 0, str(write_audit(place / "audit"))
        return 0, str(len(read_earlier(place / "audit").sides))
    except ShiftprobeError as error:
        return error.exit_code, f"shiftprobe: {error}"


def outside(place: Path) -> dict[str, str]:
    """Everything but the folder that is read."""
    beside = sorted(one for one in place.rglob("*") if one.relative_to(place).parts[0] not in {"run", "audit", *MADE})
    return {str(one.relative_to(place)): _digest(one) for one in beside}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def leaked(place: Path, said: str) -> list[str]:
    """Where the secret of the environment, or of the file outside, came to stand."""
    found = ["output"] if SECRET in said else []
    for one in place.rglob("*"):
        inside = one.relative_to(place).parts[0] != "outside" and one.is_file() and not one.is_symlink()
        if inside and one.stat().st_size < 2**26 and SECRET.encode() in one.read_bytes():
            found.append(one.name)
    return found


def look(case: FolderCase, place: Path) -> dict[str, Any]:
    """Make one, read it, say what came of it."""
    unpacked(place)
    shutil.copytree(place / "run", place / "again")
    case.change(place / ("audit" if case in [one for family in AUDITS.values() for one in family] else "run"))
    before = outside(place)
    signal.alarm(PATIENCE)
    began, fault, answer = time.process_time(), "", (0, "")
    try:
        answer = read(case, place)
    except BaseException as error:  # noqa: BLE001 - this is what must never be seen
        fault = repr(error)[:500]
    finally:
        signal.alarm(0)
    code, said = answer
    return {
        "code": code, "said": said[-3000:], "fault": fault, "seconds": time.process_time() - began,
        "outside": outside(place) == before, "leaked": leaked(place, said), "raw": raw(place, said),
    }  # fmt: skip


def raw(place: Path, said: str) -> list[str]:
    """Where foreign text came out as it came in."""
    texts = {"output": said}
    written = ("run/report.html", "run/results.csv", "run/table1.tex", "run/methods/methods.md", "summary.md")
    texts |= {one: (place / one).read_text("utf-8") for one in (*written, "compared.html") if (place / one).is_file()}
    odd = {one for one, text in texts.items() if "\x1b" in text or "\u202e" in text}
    marked = {one for one in texts if one.endswith(("html", "md")) and "<img src=x" in texts[one]}
    return sorted(odd | marked)


def chosen(names: list[str]) -> Iterator[tuple[int, FolderCase]]:
    """The cases of some places in the catalogue; all where none is named."""
    yield from ((i, case) for i, case in enumerate(CASES) if not names or str(i) in names)


def _hang(*_: object) -> NoReturn:
    raise Hang


def highest() -> int:
    """The most memory that this process ever took, in bytes; `getrusage` tells that of whoever started it as well."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def main() -> None:
    """A line per case."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _hang)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    root = Path(sys.argv[1])
    for i, case in chosen(sys.argv[2:]):
        found = look(case, root / str(i))
        peak = highest()
        shutil.rmtree(root / str(i), ignore_errors=True)
        answers.write(json.dumps({"place": i, "peak": peak, **found}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
