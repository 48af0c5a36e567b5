"""What each command does, in the order a person meets it: the estimate, the bar, the finding, the path."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.cli.terminal import findings, progress
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.words import listed
from shiftprobe.results.summary_file import to_json
from shiftprobe.spec.arm_names import AS
from shiftprobe.spec.checkpoints import alone, of_each
from shiftprobe.spec.placement import HERE, Placement

if TYPE_CHECKING:
    from shiftprobe.api import Run
    from shiftprobe.engine.plan import Plan
    from shiftprobe.engine.setup import Setup


HEAVY = 10  # MB of a page that can no longer be sent by mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The flags of a run that do not belong to its spec."""

    out: Path
    workers: int | None
    dry_run: bool
    json: bool
    allow_code: bool
    minutes: float | None = None
    download: bool = False
    markdown: Path | None = None
    placement: Placement = HERE
    store: str | None = None  # address that a finished run is sent to

    def to_store(self) -> "Options":
        """The same, made on this machine first where `out` names a store.

        Raises:
            ShiftprobeError: when the store cannot be reached.
        """
        from shiftprobe.results.store import made_in

        folder, store = made_in(self.out)
        return replace(self, out=folder, store=store)


def run_sweep(
    name: str | None, values: Mapping[str, object], options: Options, command: str = "sweep"
) -> tuple[str, ...]:
    """Run a spec and show what it found; the keys of failed cells are handed back."""
    from shiftprobe.spec.loading import load_spec

    spec = load_spec(name, values)
    for plugin in spec.plugins if options.allow_code else ():
        tell(f"running code that the spec names: {escape(plugin)}")
    from shiftprobe.engine.check_spec import check_minutes, check_spec

    check_minutes(options.minutes)
    each = of_each(spec)
    for one in each:  # before seconds of imports: what is misspelt is answered at once
        check_spec(one, allow_code=options.allow_code)
    if len(each) > 1 and options.minutes is not None:
        raise SpecError(f"--minutes: wanted one checkpoint, got {len(each)}; give a command for each of them")
    options = options.to_store()
    from shiftprobe.engine.plan import Given

    given = Given(
        out=options.out, allow_code=options.allow_code, download=options.download, placement=options.placement
    )
    commands = [_command(command, name, alone(values, one.model.weights, name)) for one in each]
    if len(each) > 1:
        from shiftprobe.cli.terminal.checkpoints import carry_out_each
        from shiftprobe.engine.plan_each import plan_each

        return carry_out_each(plan_each(each, given, commands), options)
    from shiftprobe.engine.plan import plan

    return _carry_out(plan(spec, replace(given, command=commands[0])), options)


def run_probe(run: Path, probes: Sequence[str], taps: Any, options: Options) -> tuple[str, ...]:
    """Let further probes look at a run that is there, and show it anew; the keys of failed cells are handed back."""
    from shiftprobe.engine.check_spec import check_spec, spec_again

    check_spec(spec_again(run, probes, taps), allow_code=options.allow_code)
    from shiftprobe.engine.plan import Given
    from shiftprobe.engine.reopen import reopen

    ready = reopen(run, probes, Given(allow_code=options.allow_code), taps)
    before = set(ready.setup.spec.probes) - set(probes)
    tell(f"{escape(run)}: {', '.join(probes)}; there already: {', '.join(sorted(before)) or 'nothing'}")
    return _carry_out(ready, options)


def _carry_out(ready: "Plan", options: Options) -> tuple[str, ...]:
    from shiftprobe import api
    from shiftprobe.cli.terminal import costs
    from shiftprobe.engine.disk import check_disk

    introduce(ready)
    bill = costs.bill_of(ready, options.workers, options.minutes)
    if options.dry_run:
        costs.show(bill, ready, as_json=options.json)
        check_disk(ready.setup, bill.cost.disk)
        return ()
    if bill.cost.seconds > progress.ANNOUNCED_SECONDS:
        first, *further = costs.lines(bill)
        tell("\n".join([f"{ready.setup.spec.name}: {first}", *further]))
    with progress.bars() as monitor:
        run = api.perform(
            ready, workers=bill.run.workers, monitor=monitor, minutes=options.minutes, prices=bill.run.prices
        )
    if options.json:
        say(json.dumps(to_json(run.summary), sort_keys=True, allow_nan=False))
    else:
        findings.findings(run.summary)
        tell_cause(run, asked=ready.setup.spec.why is not None)
    speak = tell if options.json else say
    tell_trouble(run)
    speak(f"\nTables: {run.path}/results.csv\nReport: {run.report}")
    if options.markdown is not None:
        from shiftprobe.report.run import markdown

        markdown.write(run.path, options.markdown)
        speak(f"Markdown: {escape(options.markdown)}")
    if options.store is not None:
        from shiftprobe.results.store import send

        speak(f"Sent: {escape(send(run.path, options.store))}")
    return run.failed


def tell_cause(run: "Run", *, asked: bool) -> None:
    """The diagnosis that the run's spec asks for, in full; nothing where it was not asked for or could not be made."""
    if not asked:
        return
    from shiftprobe.cli.terminal.diagnosing import print_diagnosis
    from shiftprobe.results.diagnosis_file import read_diagnosis
    from shiftprobe.results.run_folder import RunDir

    found = read_diagnosis(RunDir(run.path))
    if found is not None:
        say("")
        print_diagnosis(found, run.report)


def _tell_recipes(setup: "Setup") -> None:
    """Say which recipe trains whom, where it is not the one for digits, and which arms stand by to tell them apart."""
    images = max(setup.spec.target.budgets)
    trained = {arm: setup.recipe(arm, images).name for arm, scope in setup.arms.items() if scope == "arms"}
    own = {arm: name for arm, name in trained.items() if AS not in arm}
    if set(own.values()) <= {"plain"} and own == trained:
        return
    said = listed([f"{arm} is trained by the recipe {name}" for arm, name in own.items()])
    crossed = [arm for arm in trained if AS in arm]
    also = f"; to tell weights from recipes also {listed(crossed)} (--set compare.crossed=false: without)"
    tell(f"{setup.spec.name}: {said}{also if crossed else ''}")


def introduce(ready: "Plan") -> None:
    """Say what was found out of a checkpoint that is brought, where shifts fall, and which recipe trains whom."""
    known = ready.facts.checkpoint
    if known is not None:
        for said in known.told:
            tell(f"{escape(known.weights)}: {said}")
    if ready.facts.working is not None:
        tell(f"{ready.setup.spec.name}: {ready.facts.working.told}")
    _tell_recipes(ready.setup)


def run_compare(name: str | None, values: Mapping[str, object], options: Options) -> tuple[str, ...]:
    """Compare the arms on the target as it is: a sweep without a dial."""
    still: dict[str, object] = {"shifts": [], "severities": []}
    return run_sweep(name or "paper", {**still, **values}, options, "compare")


def tell_trouble(run: "Run") -> None:
    """What failed in a run, and that its page is heavy."""
    size = run.report.stat().st_size / 1e6
    if size > HEAVY:
        tell(f"the report has {size:.0f} MB; a smaller report.thumbnails makes it lighter")
    if run.failed:
        tell(f"{len(run.failed)} cells failed, the first is {run.failed[0]}; the same command tries them again")
        for one in run.summary.failed[:3]:
            tell(f"  {one.cell}: {escape(one.error)}")


def _command(name: str, spec: str | None, values: Mapping[str, object]) -> str:
    """The command that makes this run anywhere: what moves no number is left out."""
    import shlex

    moved = {key: value for key, value in values.items() if value != []}
    sets = [f"--set {shlex.quote(f'{key}={json.dumps(value)}')}" for key, value in sorted(moved.items())]
    return " ".join(["shiftprobe", name, *([shlex.quote(spec)] if spec else []), *sets])
