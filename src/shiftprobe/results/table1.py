"""Table 1 of a paper: mean (std) of every arm on the unshifted target, as CSV and as LaTeX."""

import csv
import io
from collections.abc import Iterator

from shiftprobe.metrics.scores import SCORES
from shiftprobe.results.latex import latex_text
from shiftprobe.results.model import ArmPoint, Summary

COLUMNS = ("arm", "labels", "seeds", "mean", "std", "images", "low", "high")


def points(summary: Summary) -> Iterator[ArmPoint]:
    """The points of the unshifted target, arms in the spec's order, budgets rising."""
    for arm in summary.arms:
        yield from (p for p in summary.points if p.arm == arm and p.severity == 0 and p.mean is not None)


def csv_text(summary: Summary) -> str:
    """One line per arm and budget; fractions in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for p in points(summary):
        writer.writerow([p.arm, p.budget, p.n, p.mean, p.std, p.images, p.low, p.high])
    return out.getvalue()


def latex(summary: Summary) -> str:
    """A booktabs table, percent with one decimal, the verdict in its caption."""
    score = SCORES[summary.metric]
    what = f"{score.heading} in {latex_text(score.short_unit)}"
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{what}, mean (sample std) over seeds. {latex_text(summary.verdict.sentence)}}}",
        r"\begin{tabular}{lrrr}",
        r"\toprule",
        rf"Arm & Labels & Seeds & {'Accuracy' if score.name == 'top1' else score.heading} \\",
        r"\midrule",
        *(_line(p) for p in points(summary)),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _line(point: ArmPoint) -> str:
    labels = "--" if point.budget is None else point.budget
    seeds, spread = ("--", "--") if point.std is None else (point.n, f"{100 * point.std:.1f}")
    return rf"{latex_text(point.arm)} & {labels} & {seeds} & {100 * (point.mean or 0.0):.1f} ({spread}) \\"
