"""Which pixels answers rest on: whether a shift moves them, whether two arms look at the same, whether maps can lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Evidence, Finding, Row, Scope, View
from shiftprobe.metrics import area_under, map_correlation, top_overlap
from shiftprobe.probes.base import PROBES, Amount, Measured, Price
from shiftprobe.probes.maps import SHOWN, Index, chosen, drawn, mean_of, over

if TYPE_CHECKING:
    from shiftprobe.models.attribute import Maps

METHODS = ("ig", "gradcam", "occlusion")
COLD = "scratch"
PASSES_CHECKPOINT, PASSES_ARMS = 3000, 1200  # images that pass, forwards and back, for the maps of one cell


@dataclass(frozen=True, slots=True)
class AttributionProbe:
    """Integrated gradients (`ig`), Grad-CAM (`gradcam`) and, on 4 images, occlusion, on 8 test images (4 above 96 px).

    Where only the checkpoint looks, it explains its own answer to the clean image. `<method>_rank` and
    `<method>_top`: rank correlation and overlap of the most important tenth of the pixels (chance .1), clean against
    shifted (`versus` "clean"). `<method>_sanity`, on the unshifted target: the same correlation with the maps of a
    network never trained (`versus` "random"); where it is not clearly lower, maps show the image, not the network.
    `<method>_deletion` and `<method>_insertion`: areas under the answer's probability as the most important pixels go
    or come; `ig_delta`: the part of the answer that the map misses. Where arms were trained, each explains the true
    class on the shifted images and is held against `scratch`. Intervals are t intervals over images, 95 %.

    Arrays, for 4 images: `index` (places in the test set), `clean` and `target` (4, S, S, C), and per model, method
    and images a map (4, S, S), 255 at its largest value.

    Reference: Sundararajan et al., 2017, arXiv:1703.01365; Selvaraju et al., 2017, arXiv:1610.02391; Zeiler and
    Fergus, 2014, arXiv:1311.2901; sanity: Adebayo et al., 2018, arXiv:1810.03292.
    """

    name: str = "attribution"
    about: str = "which pixels answers rest on (Captum): clean against shifted, arm against arm, with a sanity check"
    scope: Scope = "cells"

    def cost(self, amount: Amount) -> Price:
        """Passes for maps, their sanity check and their curves."""
        return Price(passes=PASSES_CHECKPOINT * amount.looks + PASSES_ARMS * amount.trainings)

    def __call__(self, evidence: Evidence) -> Finding:
        """Rows per method, and maps for pictures."""
        return self._checkpoint(evidence) if evidence.cell.seed is None else self._arms(evidence)

    def _checkpoint(self, evidence: Evidence) -> Finding:
        from shiftprobe.models.attribute import explain, pixels

        clean, target = (evidence.view("source", images) for images in ("clean", "target"))
        index = chosen(clean)
        said = clean.logits[index].argmax(axis=1).astype(np.int64)
        arrays: dict[str, NDArray[Any]] = {"index": index[:SHOWN]}
        arrays |= {"clean": pixels(clean)[index[:SHOWN]], "target": pixels(target)[index[:SHOWN]]}
        rows: list[Row] = []
        moved = evidence.cell.severity > 0
        for method in METHODS:
            few = slice(None, SHOWN if method == "occlusion" else None)
            try:
                maps, missed = explain(method, clean, index[few], said[few])
                shifted = explain(method, target, index[few], said[few])[0] if moved else maps
                if not moved:
                    control = explain(method, evidence.view("random", "clean"), index[few], said[few])[0]
                    sanity = over(map_correlation, maps, control, least=-1.0)
                    rows.append(self._row(evidence, f"{method}_sanity", sanity, versus="random"))
            except NotAvailableError as error:
                rows.append(self._row(evidence, f"{method}_rank", Measured(reason=str(error))))
                continue
            if moved:
                rows += self._agreement(evidence, method, (maps, shifted), ("source", "clean"))
            if missed is not None:
                rows.append(self._row(evidence, f"{method}_delta", mean_of(missed)))
            if method != "occlusion":
                rows += self._areas(evidence, method, (target, index, said), shifted)
            arrays |= {f"source_{method}_clean": drawn(maps), f"source_{method}_target": drawn(shifted)}
        return Finding(tuple(rows), arrays)

    def _arms(self, evidence: Evidence) -> Finding:
        from shiftprobe.models.attribute import explain, pixels

        rows = [self._row(evidence, "ig_rank", Measured(reason=why), arm=arm) for arm, why in evidence.failed.items()]
        arrays: dict[str, NDArray[Any]] = {}
        maps: dict[tuple[str, str], Maps] = {}
        for arm in evidence.arms:
            for method in ("ig", "gradcam"):
                try:
                    view = evidence.view(arm, "target")
                    index = chosen(view)[:SHOWN]
                    maps[arm, method] = explain(method, view, index, view.labels[index])[0]
                    arrays |= {"index": index, "target": pixels(view)[index]}
                except NotAvailableError as error:
                    rows.append(self._row(evidence, f"{method}_rank", Measured(reason=str(error)), arm=arm))
        for (arm, method), found in maps.items():
            arrays[f"{arm}_{method}_target"] = drawn(found)
            if arm != COLD and (COLD, method) in maps:
                rows += self._agreement(evidence, method, (found, maps[COLD, method]), (arm, COLD))
        if not rows:
            alone = Measured(reason="one arm alone has nothing to be held against")
            rows = [self._row(evidence, "ig_rank", alone, arm=COLD)]
        return Finding(tuple(rows), arrays)

    def _agreement(
        self, evidence: Evidence, method: str, maps: "tuple[Maps, Maps]", who: tuple[str, str]
    ) -> Iterator[Row]:
        for metric, measure, least in (("rank", map_correlation, -1.0), ("top", top_overlap, 0.0)):
            found = over(measure, *maps, least=least)
            yield self._row(evidence, f"{method}_{metric}", found, arm=who[0], versus=who[1])

    def _areas(self, evidence: Evidence, method: str, what: tuple[View, Index, Index], maps: "Maps") -> Iterator[Row]:
        from shiftprobe.models.attribute import curves, subject

        view, index, said = what
        model, images, normalise = subject(view)
        deletion, insertion = curves(model, images[index], said, normalise, np.abs(maps))
        for metric, curve in (("deletion", deletion), ("insertion", insertion)):
            yield self._row(evidence, f"{method}_{metric}", mean_of(area_under(curve)))

    def _row(self, evidence: Evidence, metric: str, found: Measured, *, arm: str = "source", versus: str = "") -> Row:
        unit = "similarity" if metric.endswith(("rank", "sanity")) else "fraction"
        return found.row(evidence.cell, self.name, metric, arm=arm, versus=versus, unit=unit)


PROBES.add(AttributionProbe())
