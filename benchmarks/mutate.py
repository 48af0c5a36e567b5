"""Would a test notice? Plants one small fault at a time in a copy of the tree and runs the tests that hold the package.

`python benchmarks/mutate.py train --seed 20261128` draws 60 places of a package by a seed, one fault each, and writes
what became of them to `benchmarks/mutants/train-20261128.csv`; called again it goes on where it stopped. The operators
are cosmic-ray's (MIT); its own command changes the tree in place, knows no seed, and starts Python anew for each mutant
(6 s here). Two operators are our own: a call whose result nobody keeps is left out, and `all` turns into `any`.
"""

import csv
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import types
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, fields, replace
from importlib import import_module
from pathlib import Path

from faults import ROOT, Mutant, drawn, mutant

FOUND = ROOT / "benchmarks" / "mutants"
HOLDING = {  # tests beside those of the package's own folder
    "train": ("tests/engine/test_cell.py",),
    "engine": ("tests/contracts/test_probe_contract.py",),
    "auditing": ("tests/stats/test_gate.py",),
    "why": ("tests/results",),
}
NARROW = ("auditing", "engine")  # packages whose tests take minutes: a mutant meets those that import its module
COSTLY = (  # for what they import alone
    "tests/engine/test_plugins.py",
    "tests/engine/executors/test_processes.py",
    "tests/why/test_planted_causes.py",
)
HEAVY = ("albumentations", "captum", "matplotlib.pyplot", "pydantic", "pytest", "skimage.metrics",
         "sklearn.linear_model", "statsmodels.api", "torch", "torchvision.transforms", "typer", "yaml")  # fmt: skip


def tests_of(tree: Path, package: str, file: str) -> list[str]:
    """The tests that hold a module: those that import it first, and the rest of its package's where they are quick."""
    module = file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    folder, _, name = module.rpartition(".")
    imported = re.compile(rf"\b{module}\b|\bfrom {folder} import [^\n]*\b{name}\b")
    held = [*sorted((tree / "tests" / package).rglob("test_*.py")), *map(tree.joinpath, HOLDING[package])]
    files = [path for path in held if module and path.is_file()]
    first = [path for path in files if path.stem == f"test_{name}" or imported.search(path.read_text())]
    others = [path for path in held if path.relative_to(tree).as_posix() not in COSTLY]
    found = first if first and package in NARROW else [*first, *others]
    return [path.relative_to(tree).as_posix() for path in dict.fromkeys(found)]


def copied(to: Path) -> Path:
    """The tree as git knows it, with what is not committed yet."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - git alone
    for name in names.splitlines():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # removed, and not committed yet
            shutil.copy2(ROOT / name, to / name)
    return to


def ran(copy: Path, tests: Sequence[str], limit: float) -> str:
    """Whether these tests pass in a copy: in a child that has the heavy libraries already.

    The limit is processor time, so that a busy machine ends nothing early; a child that waits for ever ends at
    eight times as much by the clock.
    """
    log = copy / "mutant.log"
    child = os.fork()
    if child == 0:
        _in_child(copy, tests, log, round(limit))
    ends = time.monotonic() + 8 * limit
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return {0: "survived", -signal.SIGXCPU: "timeout"}.get(code, "killed")
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _in_child(copy: Path, tests: Sequence[str], log: Path, limit: int) -> None:
    """Become pytest; the process group is our own, so that what the tests start ends with us."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.chdir(copy)
    source = str(copy / "src")
    sys.path[:0] = [str(copy), source]
    os.environ["PYTHONPATH"] = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    sys.modules["__main__"] = types.ModuleType("__main__")  # what worker processes import first
    code = 1
    try:
        import pytest

        known = "ignore::pytest.PytestAssertRewriteWarning"  # of plugins that a heavy library has imported already
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-W", known, *tests]))
    except BaseException:  # noqa: BLE001 - the log is all that a child leaves
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def killer(log: Path) -> str:
    """The test that died, as pytest names it."""
    lines = log.read_text(errors="replace").splitlines()
    return next((line.split()[1] for line in lines if line.startswith(("FAILED ", "ERROR "))), "")


def tried(copy: Path, package: str, one: Mutant, limit: float, clock: int) -> Mutant:
    """Plant a fault, run the tests, take it out again."""
    file, place = ROOT / one.file, copy / one.file
    there, changed = mutant(file, one.operator, one.occurrence)
    if (there.before, there.after) != (one.before, one.after):
        return replace(one, outcome="gone")
    place.write_text(changed)
    os.utime(place, (clock, clock))  # cached bytecode knows a file by whole seconds
    began = time.monotonic()
    outcome = ran(copy, tests_of(copy, package, one.file), limit)
    shutil.copyfile(file, place)
    os.utime(place, (clock + 1, clock + 1))
    by = killer(copy / "mutant.log") if outcome == "killed" else ""
    return replace(one, outcome=outcome, seconds=f"{time.monotonic() - began:.0f}", by=by)


def written(path: Path, mutants: Sequence[Mutant]) -> None:
    """The table, whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    with path.with_suffix(".tmp").open("w", newline="") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Mutant)], lineterminator="\n")
        table.writeheader()
        table.writerows(map(asdict, mutants))
    path.with_suffix(".tmp").replace(path)


def read(path: Path) -> list[Mutant]:
    """The table as it was left."""
    with path.open(newline="") as file:
        rows = [dict(row) for row in csv.DictReader(file)]
    return [Mutant(**(row | {"line": int(row["line"]), "occurrence": int(row["occurrence"])})) for row in rows]


def main(given: Namespace) -> None:
    """Try every mutant that has no outcome yet."""
    path = FOUND / f"{given.package}-{given.seed}.csv"
    mutants = read(path) if path.exists() else drawn(given.package, given.mutants, given.seed)
    written(path, mutants)
    for name in HEAVY:
        with suppress(ImportError):
            import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        copy, clock = copied(Path(folder).resolve()), int(time.time())
        if not given.trust and ran(copy, tests_of(copy, given.package, ""), 10 * given.limit) != "survived":
            raise SystemExit(f"the tests fail without any mutant:\n{(copy / 'mutant.log').read_text()[-3000:]}")
        for i, one in enumerate(mutants):
            if not one.outcome or one.outcome in given.again:
                mutants[i] = tried(copy, given.package, one, given.limit, clock + 2 * i)
                written(path, mutants)
                print(f"{mutants[i].outcome:9}{one.file}:{one.line}  {one.before}  ->  {one.after}", flush=True)
    dead = sum(one.outcome in {"killed", "timeout"} for one in mutants)
    print(f"{given.package}: {dead} of {len(mutants)} died ({dead / len(mutants):.0%})")


if __name__ == "__main__":
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("package", choices=sorted(HOLDING))
    asked.add_argument("--seed", type=int, default=20261128)
    asked.add_argument("--mutants", type=int, default=60)
    asked.add_argument("--limit", type=float, default=300.0, help="seconds of processor time per mutant")
    asked.add_argument("--trust", action="store_true", help="the tests pass without any mutant: do not look first")
    asked.add_argument("--again", nargs="*", default=[], help="outcomes to try again, such as survived")
    main(asked.parse_args())
