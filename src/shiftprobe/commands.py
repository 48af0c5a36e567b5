"""What each command does, in the order a person meets it: the estimate, the bar, the finding, the path."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shiftprobe import console
from shiftprobe.console import say, tell
from shiftprobe.errors import RunError, SpecError, UnknownNameError
from shiftprobe.registry import suggest
from shiftprobe.show import show


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The flags of a run that do not belong to its spec."""

    out: Path
    workers: int | None
    dry_run: bool
    json: bool
    allow_code: bool


def run_sweep(name: str | None, values: Mapping[str, Any], options: Options, command: str = "sweep") -> tuple[str, ...]:
    """Run a spec and show what it found; the keys of failed cells are handed back."""
    from shiftprobe.specfile import load_spec

    spec = load_spec(name, values)  # before seconds of imports: a misspelt key is answered at once
    from shiftprobe import api
    from shiftprobe.bill import bill
    from shiftprobe.execute import missing, workers_for
    from shiftprobe.plan import Given, plan

    for plugin in spec.plugins if options.allow_code else ():
        tell(f"running code that the spec names: {show(plugin)}")
    given = Given(out=options.out, allow_code=options.allow_code, command=_command(command, name, values))
    ready = plan(spec, given)
    todo = missing(ready.setup, ready.cells)
    workers = workers_for(ready.setup, len(todo), options.workers)
    cost = bill(ready.setup, ready.cells, todo, workers)
    if options.dry_run:
        for cell in ready.cells:
            say(f"{'todo' if cell in todo else 'done'}  {cell.key}")
        say(console.estimate(cost, workers, ready.setup.device))
        console.skipped(ready.facts.skipped_arms)
        return ()
    if cost.seconds > console.LONG:
        tell(f"{spec.name}: {console.estimate(cost, workers, ready.setup.device)}")
    with console.bars() as monitor:
        run = api.perform(ready, workers=options.workers, monitor=monitor)
    if options.json:
        say(json.dumps(run.summary, sort_keys=True, allow_nan=False))
    else:
        console.findings(run.summary)
    _last_words(run, tell if options.json else say)
    return run.failed


def run_compare(name: str | None, values: dict[str, Any], options: Options) -> tuple[str, ...]:
    """Compare the arms on the target as it is: a sweep without a dial."""
    still: dict[str, Any] = {"shifts": [], "severities": []}
    return run_sweep(name or "paper", {**still, **values}, options, "compare")


def _last_words(run: Any, speak: Any) -> None:
    if run.failed:
        tell(f"{len(run.failed)} cells failed, the first is {run.failed[0]}; the same command tries them again")
        for one in run.summary["failed"][:3]:
            tell(f"  {one['cell']}: {show(one['error'])}")
    speak(f"\nTables: {run.path}/results.csv\nReport: {run.report}")


def _command(name: str, spec: str | None, values: Mapping[str, Any]) -> str:
    """The command that makes this run anywhere: what moves no number is left out."""
    import shlex

    moved = {key: value for key, value in values.items() if value != []}
    sets = [f"--set {shlex.quote(f'{key}={json.dumps(value)}')}" for key, value in sorted(moved.items())]
    return " ".join(["shiftprobe", name, *([shlex.quote(spec)] if spec else []), *sets])


def judge(
    a: str,
    b: str | None,
    counts: tuple[int | None, int | None],
    margin: float,
    *,
    arms: list[str],
    columns: list[str],
) -> None:
    """Show what two published results, or a CSV of results, allow one to say."""
    from shiftprobe.published import Columns, compare_csv, compare_published

    if b is not None:
        runs_a, runs_b = counts
        if runs_a is None or runs_b is None:
            raise SpecError("wanted the number of runs behind both results, got none; add --n with what the paper says")
        result, names = compare_published(a, b, (runs_a, runs_b), margin), ("A", "B")
    elif len(arms) == 2 and len(columns) == 3:  # noqa: PLR2004 - two arms; arm, value, pairing
        arm, value, pair = columns
        names = (arms[0], arms[1])
        result = compare_csv(Path(a), *names, Columns(arm=arm, value=value, pair=pair), margin)
    else:
        raise SpecError("wanted two arms in --arms and three columns in --columns, separated by commas")
    sentence = result.sentence(*names)
    say(f"Verdict: {result.verdict.upper()}. {sentence[0].upper()}{sentence[1:]}.")
    console.comparison(result)


def rebuild(path: Path) -> None:
    """Rebuild tables and report of a finished run."""
    from shiftprobe.finished import finish
    from shiftprobe.rundir import lock

    if not (path / "about.json").is_file():
        raise RunError(f"{show(path)}: wanted a run folder (with about.json), got something else; see `runs/`")
    with lock(path):
        run = finish(path)
    console.findings(run.summary)
    say(f"\nReport: {run.report}")


def listing(what: str) -> None:
    """List the names of one kind, a line each."""
    kinds = {
        "shifts": _shifts, "probes": _probes, "arms": _arms, "models": _models, "data": _data, "presets": _presets,
    }  # fmt: skip
    if what not in kinds:
        raise UnknownNameError(f"nothing to list called {show(what)}{suggest(what, kinds)} (known: {', '.join(kinds)})")
    for name, about in kinds[what]():
        say(f"{name:<29}{about}")


def _shifts() -> Iterable[tuple[str, str]]:
    from shiftprobe.shifts import SHIFTS

    return ((name, _dial(SHIFTS[name])) for name in SHIFTS)


def _dial(shift: Any) -> str:
    """Kind, and the parameter at severity 1 with its unit; a shift of the user's own may not say."""
    if not hasattr(shift, "parameter"):
        return "your own"
    moves = f"{shift.parameter} {shift.start:g} to {shift.end:g} {shift.unit}"
    return f"{shift.kind:<14}{moves:<60}{'each image its own draw' if shift.random else ''}".rstrip()


def _probes() -> Iterable[tuple[str, str]]:
    from shiftprobe.probes import PROBES

    return ((name, getattr(PROBES[name], "about", "")) for name in PROBES)


def _arms() -> Iterable[tuple[str, str]]:
    from shiftprobe.train.arms import ARMS

    return ((name, ARMS[name].about) for name in ARMS)


def _models() -> Iterable[tuple[str, str]]:
    from shiftprobe.models import torchvision_

    yield "small_cnn", "the embedded default: six convolutions, from 8 px up"
    yield from ((f"torchvision:{name}", "") for name in torchvision_.names())
    yield "module.path:factory", "your own, called with num_classes=; needs --allow-code"


def _data() -> Iterable[tuple[str, str]]:
    from shiftprobe.data import torchvision_

    yield "digits:mnist", "5,000 real MNIST digits, 28 x 28 grey, offline"
    yield "digits:uci", "1,797 real UCI digits, 8 x 8 grey, offline"
    yield "folder:PATH", "a folder per class, or train/ and test/ (val/) with a folder per class"
    yield "idx:PATH", "MNIST-format files (train-/t10k-images-idx3-ubyte and labels), plain or .gz"
    yield from ((f"torchvision:{name}", some.about) for name, some in torchvision_.SETS.items())


def _presets() -> Iterable[tuple[str, str]]:
    from shiftprobe.specfile import preset_text, presets

    return ((name, preset_text(name).splitlines()[0].lstrip("# ")) for name in presets())


def fetch(name: str) -> None:
    """Fetch a data set into our folder; the only command that uses the network."""
    from shiftprobe.data import download

    say(f"{show(name)} is in {download(name)}")


def write_spec(file: Path, preset: str) -> None:
    """Write a preset's text into a new file; never over one that is there."""
    from shiftprobe.rundir import write_bytes
    from shiftprobe.specfile import preset_text, presets

    if preset not in presets():
        raise UnknownNameError(
            f"no preset named {show(preset)}{suggest(preset, presets())} (known: {', '.join(presets())})"
        )
    if file.exists():
        raise SpecError(f"{show(file)} is there already; choose another name or remove it first")
    write_bytes(file, preset_text(preset).encode())
    say(f"Wrote {file}; change it, then: shiftprobe sweep {file}")
