"""Assemble the page: template, style and script in one file, allowed by their hashes and nothing else."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shiftprobe.report import (
    along,
    arms,
    attributed,
    charts,
    claims,
    classes,
    confidence,
    curves,
    embedding,
    gallery,
    glossary,
    kinds,
    moved,
    openings,
    overview,
    sections,
    svg,
    tables,
    training,
    words,
)
from shiftprobe.report.model import Run
from shiftprobe.report.reading import read
from shiftprobe.report.terms import Term
from shiftprobe.rundir import write_bytes
from shiftprobe.show import show

LONGEST = 2000  # characters of any one text on the page
SHORT = 60  # of a name
TIGHT = 30  # of a name where little room is left
ROWS = 400  # of a table that only repeats pictures; longer ones stand in results.csv
STYLES = (
    "style.css",
    "charts.css",
    "arms.css",
    "kinds.css",
    "inside.css",
    "embedding.css",
    "attributed.css",
    "gallery.css",
    "classes.css",
    "narrow.css",
    "print.css",
)
SCRIPTS = ("script.js", "gallery.js", "embedding.js", "linked.js", "attributed.js")


def write(run: Path) -> Path:
    """Read a run folder and write `report.html` into it, whole or not at all.

    The same folder contents give the same bytes: no clock, no host name, no order of files.

    Returns:
        The path of the page.

    Raises:
        RunError: when the folder does not hold a run's tables.
        ResourceError: when the disk is full or the place not writable.
    """
    path = run / "report.html"
    write_bytes(path, render(read(run)).encode())
    return path


def render(run: Run) -> str:
    """The whole page as text; what it does not speak of is not explained."""
    contents = _contents(run)
    contents["opens"] = openings.openings(run, contents)
    spoken = filled("page.html", {**contents, "terms": ()}, STYLES, SCRIPTS)
    terms = glossary.used(spoken)
    arms = [Term(f"arm-{arm}", arm, rf"\b{re.escape(arm)}\b", said) for arm, _, said in contents["legend"] if said]
    page = filled("page.html", {**contents, "terms": terms}, STYLES, SCRIPTS)
    return glossary.linked(page, [*arms, *terms])


def filled(template: str, contents: Mapping[str, Any], styles: Sequence[str], scripts: Sequence[str]) -> str:
    """A template of ours with its contents, its style and its script, in one file.

    Args:
        template: its file name.
        contents: what it names; text is escaped, `Markup` is not.
        styles: file names, joined in this order.
        scripts: file names, joined in this order.
    """
    environment = Environment(
        loader=PackageLoader("shiftprobe", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["short"] = lambda text: show(text, SHORT)
    environment.filters["tight"] = lambda text: show(text, TIGHT)
    environment.filters["signed"] = words.signed
    environment.filters["letter"] = words.letter
    style, script = (_joined(environment, names) for names in (styles, scripts))
    return environment.get_template(template).render(
        **contents,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=policy(style, script),
    )


def _joined(environment: Environment, names: Sequence[str]) -> str:
    return "".join(environment.loader.get_source(environment, name)[0] for name in names)  # type: ignore[union-attr] # set by us


def policy(style: str, script: str) -> str:
    """What the browser may load: pictures that travel inside the page, and the two texts of these hashes."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _visible(value: Any) -> Any:
    """Foreign text with its control and bidirectional characters escaped; our own markup as it is."""
    return show(value, LONGEST) if isinstance(value, str) and not isinstance(value, Markup) else value


def _contents(run: Run) -> dict[str, Any]:
    summary = run.summary
    return {
        **_compared(run),
        **_along_shifts(run),
        "run": summary,
        "environment": run.environment,
        "tiles": overview.tiles(run),
        "legend": [(arm, key(arm), words.MEANINGS.get(arm, "")) for arm in summary.arms],
        "table": tables.main_table(run),
        "others": tables.other_tables(run),
        "data": tables.data_facts(run),
        "spec": [*sections.flat(run.spec), *sections.flat(summary.preprocess, "preprocess as resolved: ")],
        "icons": {verdict: icon(verdict) for verdict in words.MARKS},
        "marks": words.MARKS,
        "margin": words.margin(summary.margin),
        "source": summary.source_accuracy and _source(run),
        "fold": sections.FOLD,
        "most_rows": ROWS,
        "classes": classes.section(run),
        "downloads": run.downloads,
    }


def _compared(run: Run) -> dict[str, Any]:
    """The two arms: what sets them apart, which images, how they were trained."""
    return {
        "arms": arms.section(run),
        "curves": curves.section(run),
        "curved": {one.arm for one in run.curves},
        "blocks": gallery.section(run),
        "labels": training.labels(run),
        "hyperparameters": training.hyperparameters(run),
        "chosen": training.chosen(run),
        "keys": {arm: key(arm) for arm in (*run.summary.arms, *_others(run))},
        "at_chance": claims.at_chance(run),
        "schedule": run.summary.training.schedule if run.summary.training else "",
        "findings": [said for said in (claims.carries(run), claims.untouched(run), sections.chance(run)) if said],
    }


def _along_shifts(run: Run) -> dict[str, Any]:
    """What changes with the shift or the label budget, on the outside and inside the checkpoint."""
    return {
        "map": overview.verdict_map(run),
        "groups": sections.dials(run),
        "drifts": run.drifts,
        "moved": bool(run.distances),
        "kinds": kinds.section(run),
        "scale": moved.scale(run),
        "short_of": moved.short(run),
        "depths": sections.depths(run),
        "inside": _inside(run),
        "sure": confidence.section(dict(run.pictures.bins), [(shift, run.doses[-1]) for shift in run.summary.shifts])
        if run.drifts
        else (),
        "along": along.table(run),
        "along_said": along.findings(run),
        "embedding": embedding.section(run),
        "attributed": attributed.section(run),
        "why": run.summary.why if run.summary.why.told else None,
        "why_said": claims.why(run),
    }


def _others(run: Run) -> list[str]:
    """Arms that a table or gallery names beside the run's own."""
    training = run.summary.training
    found = [one.arm for one in training.chosen] if training else []
    return sorted({*found, *(arm for one in run.galleries for arm in (one.a, one.b))})


def _inside(run: Run) -> list[tables.Table]:
    """Every number of the probes; without a shift all similarities are 1 by definition."""
    probes = (("cka", ("source",)), ("linear", ("source", "random")))
    found = (tables.probe_table(run, probe, arms) for probe, arms in probes if probe != "cka" or run.drifts)
    return [table for table in found if table]


def _source(run: Run) -> str:
    found = run.summary.source_accuracy
    return f"{words.percent(found.value)} % ({words.images_interval(found.low, found.high, found.n)})" if found else ""


def key(arm: str) -> Markup:
    """An arm's line and mark, as the charts draw them."""
    place, shape = charts.look(arm)
    stroke = svg.line((0, 8), (28, 8), f"line arm{place}")
    mark = svg.marker(shape, 14, 8, 4.6, f"mark arm{place}")
    return svg.tag("svg", stroke, mark, class_="key", viewBox="0 0 28 16", aria_hidden="true")


def icon(verdict: str) -> Markup:
    """A verdict's mark, as the charts draw it."""
    return _mark(words.MARKS[verdict].shape, f"verdict v-{verdict}")


def _mark(shape: str, kind: str) -> Markup:
    return svg.tag("svg", svg.marker(shape, 8, 8, 5.4, kind), class_="icon", viewBox="0 0 16 16", aria_hidden="true")
