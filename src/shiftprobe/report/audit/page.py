"""An audit's folder -> its page: the verdict, what must be fixed, and the evidence for it."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

from shiftprobe.auditing.estimate.types import AccuracyEstimate
from shiftprobe.auditing.measurements import BaselineComparison, ClassOrder, MapsByShift, WrittenRepair
from shiftprobe.auditing.model import Verdicts, WrongAnswer
from shiftprobe.auditing.outputs import repair_words, wording
from shiftprobe.core.files import write_bytes
from shiftprobe.report.audit import checks, classes, dials, marks, repairs, rows, tiles, trust
from shiftprobe.report.audit.provenance import Facts, facts
from shiftprobe.report.audit.reading import Opened, open_audit
from shiftprobe.report.audit.terms import TERMS
from shiftprobe.report.kit import glossary
from shiftprobe.report.kit.assemble import filled
from shiftprobe.report.kit.contents import flat
from shiftprobe.report.kit.table import Table

STYLES = (
    "kit/style.css",
    "kit/charts.css",
    "kit/arms.css",
    "kit/inside.css",
    "kit/classes.css",
    "audit/audit.css",
    "kit/print.css",
)
SCRIPTS = ("kit/script.js",)
OPEN_FILES = 20  # skipped files that stand open
MAX_FILES = 5000  # of them on the page; all stand in verdicts.json


class Anchor(NamedTuple):
    """A section of the page: where it stands and what the navigation calls it."""

    ident: str
    word: str


def write_audit(folder: Path) -> Path:
    """Read an audit's folder and write `report.html` into it, whole or not at all.

    The same folder contents give the same bytes: no clock, no host name, no order of files.

    Args:
        folder: what `shiftprobe audit` left: verdicts.json, and samples/ with the pictures it names.

    Returns:
        The path of the page.

    Raises:
        RunError: when verdicts.json is missing or no audit's, or names pictures that are not there.
        ResourceError: when the disk is full or the place not writable.
    """
    path = folder / "report.html"
    write_bytes(path, render(open_audit(folder)).encode())
    return path


def render(opened: Opened) -> str:
    """The whole page as text; a word is explained where the page speaks of it, and linked where it first stands."""
    contents = _contents(opened)
    terms = glossary.used(filled("audit/page.html", {**contents, "terms": ()}, STYLES, SCRIPTS), TERMS)
    return glossary.linked(filled("audit/page.html", {**contents, "terms": terms}, STYLES, SCRIPTS), terms)


def _contents(opened: Opened) -> dict[str, object]:
    audit = opened.audit
    parts = _sections(opened)
    present = _present(parts)
    return {
        **{one.name: getattr(parts, one.name) for one in fields(parts)},
        "audit": audit,
        "sentence": bare(audit),
        "status": marks.kind(audit.status),
        "icon": marks.icon(audit.status),
        "icons": {},
        "keys": {},
        "nav": [Anchor(*one) for one in present],
        "tiles": tiles.tiles(audit),
        "checks": checks.section(audit.checks, {one[0] for one in present}),
        "facts": facts(audit),
        "policy_rows": list(flat(audit.policy)),
        "coded": checks.coded,
        "noted": {one.text for one in audit.notes},
        "few": OPEN_FILES,
        "many": MAX_FILES,
        "downloads": opened.downloads,
        "about": lambda section: checks.about(audit.checks, section),
        "worst": [(one, opened.worst[one.file]) for one in audit.shown.worst if one.file in opened.worst],
    }


def bare(audit: Verdicts) -> str:
    """The sentence without the word that the badge beside it says."""
    word = f"{wording.OUTCOMES[audit.status]}: "
    said = audit.sentence
    return wording.upper(said[len(word) :] if said[: len(word)].upper() == word else said)


class Beside(NamedTuple):
    """A baseline's answers beside ours: the square of right and wrong, and the change of every class."""

    of: BaselineComparison
    square: dict[str, str] | None
    changes: rows.IntervalRows | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSections:
    """Every section's contents; None or empty where the audit did not look."""

    dials: dials.DialSection | None
    target_rows: rows.IntervalRows | None
    estimates: AccuracyEstimate | None
    drift: Facts
    repairs: tuple[repairs.Mended, ...]
    repairs_said: str
    written: WrittenRepair | None
    written_said: str
    class_table: Table | None
    heat: classes.Heat | None
    groups: rows.IntervalRows | None
    selective: trust.TrustFigure | None
    selective_reason: str
    reliability: tuple[trust.TrustFigure, ...]
    shown_open: int = trust.MAX_OPEN
    preprocessing: rows.IntervalRows | None
    attribution: rows.IntervalRows | None
    attribution_facts: MapsByShift | None
    regressions: tuple[Beside, ...]
    class_order: ClassOrder | None
    worst_files: tuple[WrongAnswer, ...]


def _sections(opened: Opened) -> AuditSections:
    audit, shown = opened.audit, opened.audit.shown
    wish = {one.kind: one for one in reversed(audit.checks)}
    ranked = list(shown.attribution.shifts.items()) if shown.attribution else []
    baselines = [one for one in (shown.regression, shown.regression_target) if one]
    return AuditSections(
        dials=dials.section(shown.dials, _context(opened)),
        target_rows=rows.target(shown, wish.get("target")),
        estimates=shown.estimates,
        drift=_drift(audit),
        repairs=repairs.repairs(shown.repairs),
        repairs_said=repairs.finding(shown.repairs),
        written=shown.written,
        written_said="" if shown.written is None else f"{wording.upper(repair_words.kept(shown.written))}.",
        class_table=classes.table(shown.classes),
        heat=classes.heat(shown.confusion),
        groups=rows.groups(shown.groups, wish.get("worst_group")),
        selective=trust.selective(shown.risk_coverage),
        selective_reason=shown.risk_coverage.reason if shown.risk_coverage else "",
        reliability=trust.reliability(shown.reliability),
        preprocessing=rows.preprocessing(shown.preprocessing, wish.get("preprocessing")),
        attribution=rows.attribution(ranked, wish.get("attribution")),
        attribution_facts=shown.attribution,
        regressions=tuple(Beside(one, _square(one), rows.changes(one.per_class)) for one in baselines),
        class_order=shown.class_order,
        worst_files=shown.worst,
    )


def _context(opened: Opened) -> dials.DialContext:
    audit = opened.audit
    statuses = {one.name.partition(":")[2]: one.status for one in audit.checks if one.kind == "break_point"}
    return dials.DialContext(opened.samples, audit.confidence, statuses)


def _present(parts: AuditSections) -> list[tuple[str, str]]:
    """Anchors of the sections that have something to show, in the order of the page."""
    order = (
        ("dials", "Dials", parts.dials),
        ("target", "Target", parts.target_rows or parts.drift or parts.estimates),
        ("repairs", "Repairs", parts.repairs),
        ("classes", "Classes", parts.class_table or parts.heat),
        ("groups", "Groups", parts.groups),
        ("risk", "Reject", parts.selective or parts.selective_reason),
        ("reliability", "Confidence", parts.reliability),
        ("preprocessing", "Input", parts.preprocessing),
        ("attribution", "Maps", parts.attribution),
        ("regression", "Baseline", parts.regressions),
        ("worst", "Wrong", parts.worst_files),
    )
    always = (
        ("data", "Data"),
        ("checkpoint", "Checkpoint"),
        ("policy", "Policy"),
        ("made", "Reproduce"),
        ("words", "Words"),
    )
    return [("checks", "Checks"), *((ident, word) for ident, word, found in order if found), *always]


def _drift(audit: Verdicts) -> Facts:
    """How surely the domains are told apart, and what that costs."""
    one = audit.shown.drift
    if one is None:
        return ()
    return tuple(
        (name, value)
        for name, value in (
            (
                "images of the two sides told apart (AUC; 0.5 is by chance)",
                rows.ratio(one.auc, one.auc_low, one.auc_high),
            ),
            ("two-sample test of the features (MMD), p", "n/a" if one.mmd_p is None else f"{one.mmd_p:.3g}"),
            ("accuracy lost on the target", rows.gained(one.loss, one.loss_low, one.loss_high, None)),
            (
                "harm: how surely the domains differ, times the accuracy lost",
                rows.share(one.harm, None, None, None),
            ),
            ("reason", one.reason or ""),
        )
        if value
    )


def _square(one: BaselineComparison) -> dict[str, str] | None:
    """Right and wrong of two checkpoints on the same images, as counts with their share."""
    if one.n < 1:
        return None
    both = round(one.ours * one.n) - one.only_ours
    cells = {"both": both, "ours": one.only_ours, "theirs": one.only_theirs}
    cells["neither"] = one.n - sum(cells.values())
    return {name: f"{count:,} ({100 * count / one.n:.1f} %)" for name, count in cells.items()}
