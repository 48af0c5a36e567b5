"""Every declared pair in every condition and over all of them, as CSV and as LaTeX."""

import csv
import io
from dataclasses import dataclass

from shiftprobe.core.escape import escape
from shiftprobe.core.words import in_points
from shiftprobe.paper.finished import FinishedRun
from shiftprobe.results.csv_text import safe
from shiftprobe.results.latex import latex_text
from shiftprobe.results.model import Contrast, Headline, widest

COLUMNS = (
    "a", "b", "budget", "shift", "severity", "difference", "low", "high", "image_low", "image_high", "both_low",
    "both_high", "n", "sd", "p", "p_holm", "p_equivalence", "margin_certified", "verdict", "reason",
)  # fmt: skip
ALL = "all"  # in place of a shift: the mean over all conditions
HEADS = ("Pair", "Labels", "Condition", "Points", r"95\,\%", r"$p$", r"$p_\mathrm{Holm}$", "Verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLine:
    """One comparison with its address."""

    a: str
    b: str
    budget: int | None
    shift: str
    severity: float | None
    found: Contrast | Headline


def lines(run: FinishedRun) -> tuple[PairLine, ...]:
    """Pair by pair: over all conditions, then each condition at every budget."""
    verdicts = run.summary.verdicts or (run.summary.verdict,)
    whole = [
        PairLine(
            a=one.pair[0], b=one.pair[1], budget=max(run.summary.budgets), shift=ALL, severity=None, found=one.contrast
        )
        for one in verdicts
        if one.contrast is not None
    ]
    single = [
        PairLine(a=one.a, b=one.b, budget=one.budget, shift=one.shift, severity=one.severity, found=one)
        for one in run.summary.contrasts
    ]
    pairs = dict.fromkeys((one.a, one.b) for one in (*whole, *single))
    return tuple(one for pair in pairs for one in (*whole, *single) if (one.a, one.b) == pair)


def csv_text(run: FinishedRun) -> str:
    """A line per comparison; fractions in full, what does not exist is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in lines(run):
        numbers = [getattr(one.found, name, None) for name in COLUMNS[5:]]
        writer.writerow([safe(cell) for cell in (one.a, one.b, one.budget, one.shift, one.severity, *numbers)])
    return out.getvalue()


def latex(run: FinishedRun) -> str:
    """A longtable of booktabs lines, points with one decimal."""
    return "\n".join(
        [
            r"% \usepackage{booktabs,longtable}",
            r"\begin{longtable}{llllrrrl}",
            rf"\caption{{Every declared pair; equivalence within $\pm${100 * run.summary.margin:g} points.}}\\",
            r"\toprule",
            " & ".join(HEADS) + r" \\",
            r"\midrule",
            r"\endhead",
            *(_row(one) for one in lines(run)),
            r"\bottomrule",
            r"\end{longtable}",
            "",
        ]
    )


def _row(one: PairLine) -> str:
    found = one.found
    low, high = widest(found)
    where = "all conditions" if one.severity is None else f"{escape(one.shift)} {one.severity:g}"
    cells = (
        latex_text(f"{escape(one.a)} - {escape(one.b)}"),
        "--" if one.budget is None else f"{one.budget}",
        "unshifted" if one.severity == 0 else latex_text(where),
        "--" if found.difference is None else f"${in_points(found.difference)}$",
        "--" if low is None or high is None else f"${in_points(low)}$ to ${in_points(high)}$",
        _p(found.p),
        _p(found.p_holm),
        found.verdict,
    )
    return " & ".join(cells) + r" \\"


def _p(value: float | None) -> str:
    if value is None:
        return "--"
    return "$<$.001" if value < 0.001 else f"{value:.3f}".removeprefix("0")  # noqa: PLR2004 - as papers print it
