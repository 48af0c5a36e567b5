"""Does transfer pay? The gain over training from scratch, from the folder of a comparison run; imports no torch."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import Evidence
from shiftprobe.auditing.types import Part
from shiftprobe.core.errors import NotAvailableError, RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import read_json
from shiftprobe.metrics import InputError
from shiftprobe.results.run_folder import check_run

TITLE = "gain of transfer over training from scratch"
FIX = "training from scratch does as well on this data: look at the run's report for where transfer helps, and why"
AGAIN = "finish it: run its command again, then audit again"


def transfer(evidence: Evidence) -> Part:
    """The headline of a comparison run: transfer less scratch, averaged over its conditions, seed by seed.

    The interval is the run's own, a 95 % t interval over seeds.

    Raises:
        NotAvailableError: when no run was given.
        InputError: when it compares nothing.
        RunError: when the folder is no run folder, or its summary cannot be read.
    """
    if evidence.run is None:
        raise NotAvailableError("no comparison run was given (--run)")
    summary = read_summary(evidence.run)
    contrast = summary["verdict"].get("contrast")
    if contrast is None:
        raise InputError(
            f"{escape(evidence.run)}: {escape(summary['verdict'].get('sentence') or 'no comparison', 300)}"
        )
    value, low, high = (_number(contrast.get(key), evidence.run) for key in ("difference", "low", "high"))
    seeds = contrast.get("n")
    if value is None or not isinstance(seeds, int) or seeds < 1:
        raise _unreadable(evidence.run)
    differs = _differs(evidence, summary)
    shown = {
        "run": evidence.run.name, "difference": value, "low": low, "high": high, "n": seeds,
        "verdict": contrast.get("verdict"), "sentence": summary["verdict"].get("sentence"), "differs": differs,
    }  # fmt: skip
    check = replace(begun("transfer", TITLE, evidence="", fix=FIX), unit="points")
    run = escape(evidence.run.name, 60) + (f" ({differs})" if differs else "")
    said = f"transfer less scratch is {100 * value:+z.1f} points ({_held(low, high, seeds)}) in {run}"
    rule = evidence.policy.transfer
    ends = (-1.0 if low is None else low, 1.0 if high is None else high)
    found = decided(check, rule, (value, *ends, seeds), ("at least", rule.at_least), said)
    return Part(checks=(replace(found, low=low, high=high),), shown={"transfer": shown})


def read_summary(run: Path) -> Mapping[str, Any]:
    """`summary.json` of a run folder.

    Raises:
        RunError: when it is no run folder, the run has no summary yet, or it is not readable as one.
    """
    check_run(run)
    path = run / "summary.json"
    if not path.is_file():
        raise RunError(f"{escape(run)}: wanted a finished run with summary.json, got one without; {AGAIN}")
    try:
        found = read_json(path)
    except (OSError, ValueError, RecursionError):
        raise _unreadable(run) from None
    verdict = found.get("verdict") if isinstance(found, dict) else None
    if not isinstance(verdict, dict) or not isinstance(verdict.get("contrast"), dict | None):
        raise _unreadable(run)
    return dict(found)


def _unreadable(run: Path) -> RunError:
    return RunError(
        f"{escape(run)}: wanted summary.json as shiftprobe writes it, got something else; `shiftprobe report` on that "
        "folder writes it again"
    )


def _number(value: Any, run: Path) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1:
        raise _unreadable(run)
    return float(value)


def _held(low: float | None, high: float | None, seeds: int) -> str:
    n = f"n = {seeds} seed{'s' if seeds > 1 else ''}"
    if low is None or high is None:
        return f"{n}, too few or too equal for an interval"
    return f"95 % interval {100 * low:+z.1f} to {100 * high:+z.1f}, {n}"


def _differs(evidence: Evidence, summary: Mapping[str, Any]) -> str:
    """Where the run was made on other data than the audit, by name; empty where it is the same."""
    about = summary.get("data")
    target = about.get("target") if isinstance(about, dict) else None
    name = target.get("name") if isinstance(target, dict) else None
    audited = [escape(side.name) for side in (evidence.target, evidence.data) if side is not None]
    if not isinstance(name, str) or name in audited:
        return ""
    return (
        f"its target is {escape(name, 60)}, this audit's images are {' and '.join(escape(one, 60) for one in audited)}"
    )


QUESTIONS.add(Question(name="transfer", title=TITLE, ask=transfer))
