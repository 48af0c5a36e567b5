"""cell -> Evidence: which model looks at which images, each look computed once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.rows import Rows
from shiftprobe.core.types import RANDOM_DRAWS, UNSHIFTED, Cell, Images, View, at_best
from shiftprobe.engine import networks
from shiftprobe.engine.home import reason
from shiftprobe.engine.shifted_sets import open_set
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.placing import placed
from shiftprobe.models.taps import tap_names

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup

IMAGES = ("clean", "target", "train", "source")
FIXED = {"clean", "source"}  # images that are the same in every cell
FURTHER_DRAWS = RANDOM_DRAWS[1:]  # made for each look and kept nowhere: one probe reads them, one after the other


class Gathered:
    """The evidence of one cell.

    Args:
        setup: the resolved spec.
        cell: which cell.
        models: "source", "random" and every arm that this cell holds.
        failed: arms that this cell should hold but does not, each with the reason.
        shared: clean views of the source and the random network, the same in every cell of a process.
    """

    def __init__(
        self,
        setup: "Setup",
        cell: Cell,
        *,
        models: "Mapping[str, nn.Module]",
        failed: Mapping[str, str],
        shared: dict[tuple[str, str], View],
    ) -> None:
        self.cell = cell
        self.failed = failed
        self.classes = setup.classes
        self.taps = setup.spec.taps
        self.arms = tuple(arm for arm in setup.arms_of(cell) if arm in models)
        self._setup, self._models, self._shared = setup, models, shared
        self._views: dict[tuple[str, str], View] = {}

    def view(self, model: str, images: str) -> View:
        """One model's look at one set of images; see `Evidence.view`."""
        if model in FURTHER_DRAWS and "random" in self._models:
            return self._look(model, images)
        place = (self._first(model), images)
        kept = self._shared if model in {"source", "random"} and images in FIXED else self._views
        if place not in kept:
            kept[place] = self._look(*place)
        return kept[place]

    def _first(self, name: str) -> str:
        """The first name of a network: an arm whose last epoch was its best is looked at once."""
        network = self._models.get(name)
        same = (other for other, its in self._models.items() if its is network)
        return name if network is None else next(same)

    def _look(self, name: str, images: str) -> View:
        arm = name.removesuffix(at_best(""))
        if arm in self.failed:
            raise NotAvailableError(self.failed[arm])
        if arm in self._models and name not in self._models:
            raise NotAvailableError("no validation part, so no epoch is the best; set train.validation above 0")
        setup, model = self._setup, self._network(name)
        pixels, labels = self._pixels(images)
        own = name == "source" or name in RANDOM_DRAWS
        head = head_name(model, setup.source_classes if own else len(setup.classes))
        placed(model, setup.device)
        view = extract(
            model,
            pixels,
            labels,
            setup.preprocess,
            taps=tap_names(model, head),
            head=head,
            device=setup.device,
            precision=setup.spec.looks,
        )
        model.cpu()
        return replace(view, model=model, images=pixels, normalise=setup.preprocess.normalise)

    def _network(self, name: str) -> "nn.Module":
        if name in FURTHER_DRAWS:
            return networks.random_control(self._setup, RANDOM_DRAWS.index(name)).eval()
        if name not in self._models:
            raise NotAvailableError(f"this cell holds no model {name!r}")
        return self._models[name]

    def _pixels(self, images: str) -> "tuple[Images, NDArray[np.int64]]":
        if images not in IMAGES:
            raise NotAvailableError(f"there are no images {images!r} (known: {', '.join(IMAGES)})")
        setup, cell = self._setup, self.cell
        if images == "source":
            if not len(setup.held_out):
                raise NotAvailableError(reason(setup))
            return open_set(setup.run.held_out), setup.source_labels[setup.held_out]
        clean = images == "clean"
        path = setup.run.images(UNSHIFTED if clean else cell.condition)
        whole = open_set(path)
        if images == "train":
            index = setup.train_index(cell)
            return Rows(whole, index), setup.labels[index]
        return whole[setup.pool :], setup.labels[setup.pool :]
