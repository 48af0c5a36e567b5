"""An audit's folder -> its page: the verdict, what must be fixed, and the evidence for it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup
from markupsafe import escape as escape_html

from shiftprobe.auditing.estimate.types import AccuracyEstimate
from shiftprobe.auditing.measurements import ClassOrder, MapsByShift, WrittenRepair
from shiftprobe.auditing.model import Verdicts, WrongAnswer
from shiftprobe.auditing.outputs import repair_words, wording
from shiftprobe.core.escape import escape
from shiftprobe.core.files import write_bytes
from shiftprobe.report.audit import (
    beside,
    checks,
    classes,
    dials,
    findings,
    marks,
    matrix,
    prediction_sets,
    repairs,
    rows,
    slices,
    tiles,
    trust,
)
from shiftprobe.report.audit.provenance import Facts, drift, facts
from shiftprobe.report.audit.reading import Opened, open_audit
from shiftprobe.report.audit.terms import TERMS
from shiftprobe.report.kit import glossary
from shiftprobe.report.kit.assemble import filled
from shiftprobe.report.kit.contents import flat
from shiftprobe.report.kit.table import Table
from shiftprobe.report.kit.wording import signed

STYLES = (
    "kit/style.css",
    "kit/charts.css",
    "kit/arms.css",
    "kit/inside.css",
    "kit/classes.css",
    "kit/fold.css",
    "audit/audit.css",
    "kit/print.css",
)
SCRIPTS = ("kit/script.js",)
MAX_SENTENCE = 2000  # characters
CARDS_OPEN = 6  # cards of what must be fixed that stand open
MATRIX_OPEN = 12  # shifts that stand open
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
    contents, audit = _contents(opened), opened.audit

    def whole(terms: Sequence[glossary.Term]) -> str:
        told = {"terms": terms, "finding_of": lambda section: findings.finding(audit, section, len(terms))}
        return filled("audit/page.html", {**contents, **told}, STYLES, SCRIPTS)

    terms = glossary.used(whole(()), TERMS)
    return glossary.linked(whole(terms), terms)


def _contents(opened: Opened) -> dict[str, object]:
    audit = opened.audit
    parts = _sections(opened)
    present = _present(parts)
    asked = checks.section(audit.checks, {one[0] for one in present})
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
        "checks": asked,
        "beside_said": findings.beside(asked),
        "sides": wording.sides(audit.data.name, audit.target.name if audit.target else ""),
        "signs": matrix.signs(),
        "cards_open": CARDS_OPEN,
        "matrix_open": MATRIX_OPEN,
        "facts": facts(audit),
        "policy_rows": list(flat(audit.policy)),
        "coded": checks.coded,
        "notes": wording.further_notes(audit),
        "noted": {one.text for one in audit.notes},
        "few": OPEN_FILES,
        "many": MAX_FILES,
        "downloads": opened.downloads,
        "about": lambda section: checks.about(audit.checks, section),
        "worst": [(one, opened.worst[one.file]) for one in audit.shown.worst if one.file in opened.worst],
    }


def bare(audit: Verdicts) -> Markup:
    """The sentence without the word that the badge beside it says; numbers keep their unit beside them."""
    word = f"{wording.OUTCOMES[audit.status]}: "
    said = audit.sentence
    said = wording.upper(said[len(word) :] if said[: len(word)].upper() == word else said)
    safe = str(escape_html(signed(escape(said, MAX_SENTENCE))))
    return Markup(safe.replace(" %", "&nbsp;%").replace("n = ", "n&nbsp;=&nbsp;"))  # noqa: S704 - escaped above


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSections:
    """Every section's contents; None or empty where the audit did not look."""

    dials: dials.DialSection | None
    matrix: matrix.Matrix | None
    target_rows: rows.IntervalRows | None
    estimates: AccuracyEstimate | None
    drift: Facts
    repairs: tuple[repairs.Mended, ...]
    slices: slices.SliceSection | None
    written: WrittenRepair | None
    written_said: str
    class_table: Table | None
    target_table: Table | None
    weakest: rows.IntervalRows | None
    target_weakest: rows.IntervalRows | None
    heat: classes.Heat | None
    groups: rows.IntervalRows | None
    selective: trust.TrustFigure | None
    selective_reason: str
    sets: prediction_sets.SetsSection | None
    reliability: tuple[trust.TrustFigure, ...]
    shown_open: int = trust.MAX_OPEN
    preprocessing: rows.IntervalRows | None
    attribution: rows.IntervalRows | None
    attribution_facts: MapsByShift | None
    regressions: tuple[beside.Beside, ...]
    class_order: ClassOrder | None
    worst_files: tuple[WrongAnswer, ...]


def _sections(opened: Opened) -> AuditSections:
    audit, shown = opened.audit, opened.audit.shown
    wish = {one.kind: one for one in reversed(audit.checks)}
    ranked = list(shown.attribution.shifts.items()) if shown.attribution else []
    baselines = [one for one in (shown.regression, shown.regression_target) if one]
    return AuditSections(
        dials=dials.section(shown.dials, _context(opened)),
        matrix=matrix.of_audit(audit),
        target_rows=rows.target(shown, wish.get("target")),
        estimates=shown.estimates,
        drift=drift(shown.drift),
        repairs=repairs.repairs(shown.repairs),
        slices=slices.section(shown.slices, shown.shortcuts, opened.sliced, audit.policy.get("slices")),
        written=shown.written,
        written_said="" if shown.written is None else f"{wording.upper(repair_words.kept(shown.written))}.",
        class_table=classes.table(shown.classes),
        target_table=classes.table(shown.target_classes, "of the target"),
        weakest=classes.weakest(shown.classes),
        target_weakest=classes.weakest(shown.target_classes),
        heat=classes.heat(shown.confusion),
        groups=rows.groups(shown.groups, wish.get("worst_group")),
        selective=trust.selective(shown.risk_coverage),
        selective_reason=shown.risk_coverage.reason if shown.risk_coverage else "",
        sets=prediction_sets.section(shown.prediction_sets),
        reliability=trust.reliability(shown.reliability),
        preprocessing=rows.preprocessing(shown.preprocessing, wish.get("preprocessing")),
        attribution=rows.attribution(ranked, wish.get("attribution")),
        attribution_facts=shown.attribution,
        regressions=tuple(map(beside.beside, baselines)),
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
        ("slices", "Slices", parts.slices),
        ("classes", "Classes", parts.class_table or parts.heat),
        ("groups", "Groups", parts.groups),
        ("target", "Target", parts.target_rows or parts.drift or parts.estimates),
        ("repairs", "Repairs", parts.repairs),
        ("risk", "Reject", parts.selective or parts.selective_reason),
        ("sets", "Sets", parts.sets),
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
