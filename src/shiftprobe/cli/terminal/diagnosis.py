"""`shiftprobe diagnose`: the bill, the bar, the cause, the path."""

import json as json_
from dataclasses import asdict, dataclass
from pathlib import Path

from shiftprobe.cli.terminal import progress
from shiftprobe.cli.terminal.speech import say


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCause:
    """The flags that say what a diagnosis may cost, and where it looks."""

    trainings: float
    minutes: float | None
    seeds: int
    at: str | None


def run_diagnosis(
    run: Path, asked: AskedCause, *, workers: int | None, dry_run: bool, json: bool, allow_code: bool
) -> None:
    """Diagnose a run and show what came of it."""
    from shiftprobe.engine.check_spec import check_spec, spec_again

    check_spec(spec_again(run, ()), allow_code=allow_code)  # before seconds of imports
    from shiftprobe import api
    from shiftprobe.diagnosing.bill import bill_of
    from shiftprobe.diagnosing.perform import check_finished
    from shiftprobe.diagnosing.terms import terms_of
    from shiftprobe.engine.plan import Given
    from shiftprobe.engine.reopen import reopen

    ready = reopen(run, (), Given(allow_code=allow_code))
    terms = terms_of(ready, **asdict(asked), workers=workers)
    check_finished(ready)
    from shiftprobe.cli.terminal.diagnosing import print_bill, print_diagnosis

    if dry_run:
        print_bill(bill_of(ready, terms))
        return
    with progress.bars() as monitor:
        found = api.perform_diagnosis(ready, terms, monitor, workers=workers)
    if json:
        say(json_.dumps(asdict(found), sort_keys=True, allow_nan=False))
    else:
        print_diagnosis(found, ready.setup.run.path / "report.html")
