"""Which pixels answers rest on: maps laid over images, clean beside shifted and arm beside arm."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from shiftprobe.core.types import UNSHIFTED, Cell, Condition
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.drawn import draws
from shiftprobe.report.kit.measures import LayerMeasure
from shiftprobe.report.kit.pictures import MAX_MAPPED

METHODS = {"ig": "integrated gradients", "gradcam": "Grad-CAM", "occlusion": "occlusion"}
SIDE = 96  # px of a picture, at most
SHOWN = 3  # images of a block
PIXELATED = 64  # px; smaller images are shown with their pixels
TINT = (255, 72, 0)
LIFT = 0.6  # power by which maps are drawn: a few strong pixels would hide the rest
ARMS = ("scratch", "transfer")

draws({"attribution"})


@dataclass(frozen=True, slots=True)
class Overlay:
    """An image, a map over it, and what both are."""

    image: Markup  # data URI
    veil: Markup
    said: str


@dataclass(frozen=True, slots=True)
class MapBlock:
    """Pictures of one dose: a row per image, a column per network, method and side of the shift."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Overlay, ...], ...]
    said: tuple[str, ...]
    pixelated: bool


def section(run: ReadRun) -> tuple[MapBlock, ...]:
    """A block per shift at its strongest dose, and one that holds the arms side by side; empty without pictures."""
    places = [Condition.of(shift, run.doses[-1]) for shift in run.summary.shifts[:MAX_MAPPED]] if run.drifts else []
    blocks = [_moved(run, place) for place in places]
    blocks += [_arms(run, place) for place in [UNSHIFTED, *places[-1:]]]
    return tuple(block for block in blocks if block is not None)


def _moved(run: ReadRun, place: Condition) -> MapBlock | None:
    """The checkpoint's maps before and after the shift."""
    arrays = run.pictures.maps.get(Cell(place.shift, place.severity))
    if arrays is None or "clean" not in arrays or "target" not in arrays:
        return None
    methods = [one for one in METHODS if f"source_{one}_clean" in arrays]
    columns = [(side, one) for one in methods for side in ("clean", "target")]
    names = {"clean": "clean", "target": "shifted"}
    rows = [
        tuple(
            _overlay(arrays[side][i], arrays[f"source_{one}_{side}"][i], f"image {index}, {names[side]}, {one}")
            for side, one in columns
        )
        for i, index in enumerate(arrays["index"].tolist()[:SHOWN])
    ]
    title = f"The checkpoint, clean and at {wording.place(place)}"
    return MapBlock(
        title, tuple(f"{METHODS[one]}, {names[side]}" for side, one in columns), tuple(rows),
        tuple(filter(None, (_kept(run, place, one) for one in methods))), arrays["clean"].shape[1] <= PIXELATED,
    )  # fmt: skip


def _arms(run: ReadRun, place: Condition) -> MapBlock | None:
    """Scratch and transfer on the same images."""
    budget, seed = max(run.summary.budgets, default=None), next(iter(run.summary.seeds), None)
    arrays = run.pictures.maps.get(Cell(place.shift, place.severity, budget, seed))
    if arrays is None or "target" not in arrays:
        return None
    columns = [(arm, one) for one in METHODS for arm in ARMS if f"{arm}_{one}_target" in arrays]
    if not columns:
        return None
    rows = [
        tuple(
            _overlay(arrays["target"][i], arrays[f"{arm}_{one}_target"][i], f"image {index}, {arm}, {METHODS[one]}")
            for arm, one in columns
        )
        for i, index in enumerate(arrays["index"].tolist()[:SHOWN])
    ]
    where = f"{'at' if place.severity > 0 else 'on'} {wording.place(place)}"
    said = tuple(filter(None, (_agree(run, place, one) for one in ("ig", "gradcam"))))
    heads = tuple(f"{METHODS[one]}, {arm}" for arm, one in columns)
    return MapBlock(f"Both arms {where}, seed {seed}", heads, tuple(rows), said, arrays["target"].shape[1] <= PIXELATED)


def _kept(run: ReadRun, place: Condition, method: str) -> str:
    """How far the shift moves a method's maps, beside what weights that know nothing do to them.

    Side by side without a word: of the two no difference per image is kept.
    """
    kept = run.layer(("attribution", f"{method}_rank"), ("source", "clean"), "", place)
    sanity = run.layer(("attribution", f"{method}_sanity"), ("source", "random"), "", UNSHIFTED)
    if kept is None or kept.value is None:
        return ""
    said = f"{_named(method)}: maps before and after the shift agree by {_number(kept)}"
    if sanity is None or sanity.value is None:
        return f"{said}."
    return f"{said}, maps of the checkpoint and of a network never trained by {_number(sanity)}."


def _agree(run: ReadRun, place: Condition, method: str) -> str:
    found = run.layer(("attribution", f"{method}_rank"), ("transfer", "scratch"), "", place)
    if found is None or found.value is None:
        return ""
    return f"{_named(method)}: transfer and scratch agree on the pixels by {_number(found)}."


def _named(method: str) -> str:
    return METHODS[method][0].upper() + METHODS[method][1:]


def _number(one: LayerMeasure) -> str:
    n = f"n = {wording.counted(one.n or 0, 'image')}"
    if one.low is None or one.high is None:
        return f"{one.value:.2f} ({n})"
    ends = f"{one.low:z.2f} to {one.high:z.2f}".replace("-", wording.MINUS)
    what = f"{one.seeds} seeds" if one.seeds > 1 else "95 %"
    return f"rank correlation {one.value:z.2f} ({what} {ends}, {n})".replace(" -", f" {wording.MINUS}")


def _overlay(image: NDArray[np.uint8], weights: NDArray[np.uint8], said: str) -> Overlay:
    from PIL import Image

    # in grey: on a red photograph the tint would say what the network does not
    whole = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).convert("L").convert("RGB")
    veil = np.empty((*weights.shape, 4), np.uint8)
    veil[..., :3], veil[..., 3] = TINT, np.rint(255 * (weights / 255) ** LIFT)
    return Overlay(_uri(whole), _uri(Image.fromarray(veil)), said)


def _uri(picture: Any) -> Markup:
    if max(picture.size) > SIDE:
        picture.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    picture.save(out, "WEBP", lossless=max(picture.size) <= PIXELATED, quality=70, method=4)
    return Markup("data:image/webp;base64,") + base64.b64encode(out.getvalue()).decode()
