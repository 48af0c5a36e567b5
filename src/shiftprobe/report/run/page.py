"""Assemble the page: template, style and script in one file, allowed by their hashes and nothing else."""

import re
from pathlib import Path

from shiftprobe.core.files import write_bytes
from shiftprobe.core.types import Condition
from shiftprobe.report.kit import claims, glossary, wording
from shiftprobe.report.kit.assemble import filled, icon, key
from shiftprobe.report.kit.contents import ReadRun, flat, prepared
from shiftprobe.report.kit.glossary import Term
from shiftprobe.report.kit.reading import read
from shiftprobe.report.kit.table import Table
from shiftprobe.report.run import (
    arms,
    attribution,
    classes,
    confidence,
    curves,
    decided,
    diagnosis,
    embedding,
    feature_drift,
    flips,
    gallery,
    openings,
    other_probes,
    overview,
    pair_table,
    scores,
    sections,
    shift_distance,
    shift_kinds,
    tables,
    training,
    trials,
)
from shiftprobe.report.run.terms_inside import TERMS
from shiftprobe.results import recipe_words
from shiftprobe.results.arm_texts import arm_text
from shiftprobe.results.left_out import reading_told

MAX_TABLE_ROWS = 400  # of a table without a picture; longer ones stand in results.csv
MAX_PICTURED_ROWS = 16  # of a table that only repeats a picture
STYLES = (
    "kit/style.css",
    "kit/charts.css",
    "kit/fold.css",
    "kit/arms.css",
    "run/decided.css",
    "run/diagnosis.css",
    "kit/kinds.css",
    "kit/inside.css",
    "run/embedding.css",
    "run/attribution.css",
    "run/gallery.css",
    "run/flips.css",
    "kit/classes.css",
    "kit/narrow.css",
    "kit/print.css",
)
SCRIPTS = ("kit/script.js", "run/gallery.js", "run/embedding.js", "run/linked.js", "run/attribution.js")


def write(run: Path, tables: Path | None = None) -> Path:
    """Read a run folder and write `report.html` beside its tables, whole or not at all.

    The same folder contents give the same bytes: no clock, no host name, no order of files.

    Args:
        run: the run folder.
        tables: where its tables lie; the run folder itself when None.

    Returns:
        The path of the page.

    Raises:
        RunError: when the folder does not hold a run's tables.
        ResourceError: when the disk is full or the place not writable.
    """
    path = (tables or run) / "report.html"
    write_bytes(path, render(read(run, tables)).encode())
    return path


def render(run: ReadRun) -> str:
    """The whole page as text; what it does not speak of is not explained."""
    legend = [(arm, key(arm), arm_text(arm, run.summary.arms_about)) for arm in run.summary.arms]
    contents = {**_contents(run), "legend": legend}
    spoken = filled("run/page.html", {**contents, "terms": ()}, STYLES, SCRIPTS)
    terms = glossary.used(spoken, TERMS)
    arms = [Term(f"arm-{arm}", arm, rf"\b{re.escape(arm)}\b", said) for arm, _, said in legend if said]
    page = filled("run/page.html", {**contents, "terms": terms}, STYLES, SCRIPTS)
    return glossary.linked(page, [*arms, *terms])


def _contents(run: ReadRun) -> dict[str, object]:
    summary = run.summary
    drawn, kinds, maps = curves.section(run), shift_kinds.section(run), attribution.section(run)
    plane, by_class = embedding.section(run), classes.section(run)
    return {
        **_answer(run),
        **_compared(run),
        **_along_shifts(run),
        "curves": drawn,
        "kinds": kinds,
        "attributed": maps,
        "embedding": plane,
        "classes": by_class,
        "opens": {
            **openings.openings(run, curves=drawn, kinds=kinds, maps=maps),
            "embedding": (plane and plane.apart) or "No finding: the map shows neighbourhoods and measures nothing.",
            "classes": (by_class and by_class.finding) or openings.NO_CLASS,
        },
        "run": summary,
        "environment": run.environment,
        "table": tables.main_table(run),
        "others": tables.other_tables(run),
        "data": tables.data_facts(run),
        "spec": [*flat(run.spec), *prepared(summary.preprocess, "preprocess as resolved: ")],
        "icons": {verdict: icon(verdict) for verdict in wording.MARKS},
        "marks": wording.MARKS,
        "margin": wording.margin(summary.margin),
        "measured": wording.heading(summary.metric),
        "scores": scores.table(run),
        "source": summary.source_accuracy and _source(run),
        "fold": sections.FOLD,
        "most_rows": MAX_TABLE_ROWS,
        "pictured_rows": MAX_PICTURED_ROWS,
        "downloads": run.downloads,
    }


def _answer(run: ReadRun) -> dict[str, object]:
    """The first screen."""
    found, marks = decided.section(run), run.summary.limits
    return {
        "decided": found,
        "cause": diagnosis.first_cause(run),
        "diagnosis": diagnosis.section(run),
        "limits": marks,
        "tiles": found.tiles if found else overview.tiles(run),
        "map": None if found and found.map else overview.verdict_map(run),
        "pair_table": pair_table.pair_table(run),
        "at_chance": claims.at_chance(run),
        "schedule": run.summary.training.schedule if run.summary.training and not marks else "",  # else a mark says it
        "incomplete": (run.summary.failed or run.summary.skipped_arms)
        and "incomplete" not in {one.kind for one in marks},
    }


def _compared(run: ReadRun) -> dict[str, object]:
    """The two arms: what sets them apart, which images, how they were trained."""
    tuned = trials.section(run)
    return {
        "arms": arms.section(run),
        "curved": {one.arm for one in run.curves},
        "blocks": gallery.section(run),
        "flips": flips.section(run),
        "no_flips": run.flips.reason,
        "labels": training.labels(run),
        "hyperparameters": training.hyperparameters(run),
        "recipes": training.recipes(run),
        "trained": recipe_words.sentence(run.summary.training) if run.summary.training else "",
        "chosen": None if tuned else training.chosen(run),  # else the section of trials says more
        "trials": tuned,
        "keys": {arm: key(arm) for arm in (*run.summary.arms, *_others(run))},
        "findings": openings.dial(run),
        "guess": sections.guess(run),
        "gain": f"{run.pairs[0][0]} gains on {run.pairs[0][1]}" if run.pairs else "",
    }


def _along_shifts(run: ReadRun) -> dict[str, object]:
    """What changes with the shift or the label budget, on the outside and inside the checkpoint."""
    return {
        "groups": sections.dials(run),
        "drifts": run.drifts,
        "moved": bool(run.distances),
        "scale": shift_distance.scale(run),
        "reading": reading_told(run.summary.data),
        "working": run.summary.working.told if run.summary.working else "",
        "short_of": shift_distance.short(run),
        "depths": sections.depths(run),
        "inside": _inside(run),
        "sure": confidence.section(run.pictures.bins, [Condition(shift, run.doses[-1]) for shift in run.summary.shifts])
        if run.drifts
        else (),
        "along": feature_drift.table(run),
        "along_said": feature_drift.findings(run),
        "other_probes": other_probes.section(run),
        "why": run.summary.why if run.summary.why.told else None,
        "why_said": claims.why(run),
        "start": wording.start(run),
    }


def _others(run: ReadRun) -> list[str]:
    """Arms that a table or gallery names beside the run's own."""
    training = run.summary.training
    found = [one.arm for one in training.chosen] if training else []
    return sorted({*found, *(arm for one in run.galleries for arm in (one.a, one.b))})


def _inside(run: ReadRun) -> list[Table]:
    """Every number of the probes; without a shift all similarities are 1 by definition."""
    probes = (("cka", ("source",)), ("linear", ("source", "random")))
    found = (tables.probe_table(run, probe, arms) for probe, arms in probes if probe != "cka" or run.drifts)
    return [table for table in found if table]


def _source(run: ReadRun) -> str:
    found = run.summary.source_accuracy
    return (
        f"{wording.percent(found.value)} % ({wording.images_interval(found.low, found.high, found.n)})" if found else ""
    )
