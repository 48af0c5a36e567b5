"""Where images lie in the checkpoint's features: one picture of all domains, drawn by the page, still without it."""

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from markupsafe import Markup
from markupsafe import escape as escape_html
from numpy.typing import NDArray

from shiftprobe.core.escape import escape
from shiftprobe.core.types import Condition
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.drawn import draws
from shiftprobe.report.kit.pictures import MAPS, Embedding
from shiftprobe.report.kit.reading import PLANE
from shiftprobe.report.kit.thumbs import sound

SIDE, RADIUS, TWICE = 440, 2.0, 2  # px of the still picture, of a point, and what it is drawn at before it is reduced
FULL = 65535
COLOURS = ("#0072b2", "#c84e00", "#00805e", "#b0568c", "#a06a00", "#2a8fd0", "#7d6f00", "#b3261e")
CLEAN, SOURCE = "#16202b", "#8793a0"
BUDGET = 800_000  # characters of all pictures of points
MAX_PICTURES = 200  # images with pictures, where the spec does not say

draws({PLANE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the template needs: data for the script, a still picture, and what both say."""

    points: dict[str, Markup]  # base64 of uint16, by name
    about: Markup  # JSON, escaped: domains, classes, arms, layouts
    still: Markup  # data URI
    alt: str
    said: tuple[str, ...]
    apart: str  # which doses a classifier tells from clean ones
    arms: tuple[str, ...]
    maps: tuple[str, ...]
    n: int
    pictures: Markup  # base64 of WebP files, parted by spaces
    pictured: int  # how many points have one


def section(run: ReadRun) -> Picture | None:
    """The embedding as the page shows it."""
    found = run.pictures.embedding
    if found is None:
        return None
    first = next(name for name in MAPS if name in found.maps)
    target = run.summary.data.target
    domains = [_domain(run, name) for name in found.domains]
    about = {
        "domains": domains,
        "classes": list(target.classes) if target else [],
        "arms": list(found.right),
        "maps": list(found.maps),
    }
    points = {name: _coded(_unit(xy)) for name, xy in found.maps.items()}
    points |= {"label": _coded(found.label), "domain": _coded(found.domain), "image": _coded(found.image)}
    points |= {f"right-{i}": _coded(right + 1) for i, right in enumerate(found.right.values())}
    kept = _kept(run, found)
    points["picture"] = _coded(_numbered(list(kept), len(found.label)))
    faithful, apart = _faithful(run, found), _apart(run)
    return Picture(
        points=points,
        about=escape_html(json.dumps(about, ensure_ascii=True)),
        still=_still(_unit(found.maps[first]), [one["tone"] for one in domains], found.domain),
        alt=" ".join(filter(None, (f"{first.upper()} of {len(found.label):,} points.", apart, faithful))),
        said=(faithful,) if faithful else (),
        apart=apart,
        arms=tuple(found.right),
        maps=tuple(found.maps),
        n=len(found.label),
        pictures=Markup(" ".join(base64.b64encode(one).decode() for one in kept.values())),  # noqa: S704 - as above
        pictured=len(kept),
    )


def _kept(run: ReadRun, found: Embedding) -> dict[int, bytes]:
    """Sound pictures of points: of so many images as the spec asks for, at every dose, while the page stays light."""
    most = MAX_PICTURES if run.thumbnails is None else run.thumbnails
    kept: dict[int, bytes] = {}
    taken, room = [0] * len(found.domains), BUDGET
    for point, content in found.pictures.items():
        domain, room = int(found.domain[point]), room - 4 * len(content) // 3 - 3
        if room < 0:
            break
        if taken[domain] < most and sound(content):
            taken[domain] += 1
            kept[point] = content
    return kept


def _numbered(points: Sequence[int], n: int) -> NDArray[np.int64]:
    """For every point the number of its picture, from 1; 0 where it has none."""
    numbers = np.zeros(n, np.int64)
    numbers[list(points)] = np.arange(1, len(points) + 1)
    return numbers


class _DomainLook(TypedDict):
    """How one domain is drawn: which shift's colour, and at which step of the slider it is there; -1 at every one."""

    name: str
    tone: str
    shift: int
    step: int


def _domain(run: ReadRun, name: str) -> _DomainLook:
    if name in {"source", "clean"}:
        return {"name": name, "tone": SOURCE if name == "source" else CLEAN, "shift": -1, "step": -1}
    for i, shift in enumerate(run.summary.shifts):
        for step, severity in enumerate(run.summary.severities):
            if name == f"{shift} {severity:g}":
                return {"name": escape(name, 80), "tone": COLOURS[i % len(COLOURS)], "shift": i, "step": step}
    return {"name": escape(name, 80), "tone": COLOURS[-1], "shift": -1, "step": -1}


def _unit(xy: NDArray[np.float32]) -> NDArray[np.int64]:
    """Coordinates as whole numbers from 0 to FULL; one scale for both axes, so that distances stay distances."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = max(float((high - low).max()), 1e-9)
    placed = np.rint((xy - (low + high) / 2) / span * FULL + FULL / 2).clip(0, FULL)
    return np.asarray(placed, np.int64)


def _coded(values: NDArray[np.int64]) -> Markup:
    return Markup(base64.b64encode(values.astype("<u2").tobytes()).decode())  # noqa: S704 - letters, digits, + and /


def _still(xy: NDArray[np.int64], tones: Sequence[str], domain: NDArray[np.int64]) -> Markup:
    """A picture for readers without scripts and for paper."""
    from PIL import Image, ImageDraw

    side, radius = SIDE * TWICE, RADIUS * TWICE
    image = Image.new("RGB", (side, side), "#ffffff")
    pen = ImageDraw.Draw(image)
    room = side - 6 * radius
    for (x, y), tone in zip(xy.tolist(), (tones[i] for i in domain.tolist()), strict=True):
        px, py = 3 * radius + x / FULL * room, side - 3 * radius - y / FULL * room
        pen.ellipse((px - radius, py - radius, px + radius, py + radius), fill=tone)
    small = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS).quantize(64)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return Markup("data:image/png;base64,") + base64.b64encode(out.getvalue()).decode()


def _faithful(run: ReadRun, found: Embedding) -> str:
    """How far the picture can be trusted."""
    kept = []
    for name in found.maps:
        trust, whole = (run.of_run.get(f"{name}_{metric}") for metric in ("trustworthiness", "continuity"))
        if trust is not None and whole is not None:
            kept.append(f"{name.upper()} trustworthiness {trust:.2f}, continuity {whole:.2f}")
    return f"How faithful the picture is (1: every neighbourhood kept): {'; '.join(kept)}." if kept else ""


def _apart(run: ReadRun) -> str:
    """Up to where the shifted features can be told from clean ones, by the interval of the domain classifier."""
    told = []
    for shift in run.summary.shifts:
        top = [
            (
                severity,
                run.layer(("domain", "domain_auc"), ("source", "clean"), "penultimate", Condition(shift, severity)),
            )
            for severity in run.doses
        ]
        clear = [(severity, one) for severity, one in top if one and one.low is not None and one.low > 0.5]  # noqa: PLR2004 - chance
        if clear:
            severity, one = clear[-1]
            auc = f"AUC {one.value:.2f}, 95 % interval {one.low:.2f} to {one.high:.2f}"
            told.append(f"{wording.name(shift)} {severity:g} ({auc}, n = {one.n:,})")
    if not told:
        return ""
    return f"A linear classifier tells shifted features from clean ones at {'; '.join(told[:4])}."
