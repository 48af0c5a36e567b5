"""Checkpoints that a user may hold: trained once per domain and network and kept, then damaged as files get damaged."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import PIL.Image
import torch
from torch import nn

from plants.domains import Domain, Items
from plants.networks import SIZES, arch
from shiftprobe.core import seeding
from shiftprobe.core.digest import digest
from shiftprobe.models.build import build
from shiftprobe.models.head import head_name
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipes import PLAIN
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

KEPT = Path(tempfile.gettempdir()) / "shiftprobe-plants"  # remove it to train the checkpoints again
EPOCHS = {"small_cnn": 8, "small_cnn drawings": 14, "grouped": 20, "plain": 20, "vit": 20}
RATES = {"vit": 1e-3}

State = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A domain, a network, and how images reach it."""

    domain: Domain
    network: str
    preprocess: Preprocess

    @property
    def arch(self) -> str:
        """What a spec calls the network."""
        return arch(self.network, self.domain.channels)

    def fresh(self, seed: int = 0, classes: int | None = None) -> nn.Module:
        """The network with random weights."""
        how = self.preprocess
        count = classes or len(self.domain.classes)
        return build(self.arch, classes=count, channels=how.channels, size=how.size, seed=seed, allow_code=True)

    @property
    def head(self) -> str:
        """Where its head is."""
        return head_name(self.fresh(), len(self.domain.classes))


def ground(domain: Domain, network: str) -> Ground:
    """The ground on which something is planted, with the preprocessing that suits it."""
    size = SIZES.get(network, domain.size)
    images = [image.reshape(*image.shape[:2], -1) for image in domain.origin.images]
    return Ground(domain=domain, network=network, preprocess=Preprocess.fit(images, size))


def checkpoint(where: Ground, items: Items | None = None, *, seed: int = 0, epochs: int | None = None) -> State:
    """Weights trained on the origin, or on other images; kept on disk, so that this is paid once."""
    data = where.domain.origin if items is None else items
    told = [where.arch, repr(where.preprocess), seed, epochs, data.images.tobytes().hex(), data.labels.tolist()]
    file = KEPT / f"{digest(told)[:16]}.pt"
    if not file.exists():
        usual = EPOCHS.get(f"{where.network} {where.domain.name}") or EPOCHS.get(where.network, 20)
        model = _trained(where, data, seed, epochs or usual)
        KEPT.mkdir(exist_ok=True)
        torch.save(model.state_dict(), file)
    return dict(torch.load(file, weights_only=True))


def _trained(where: Ground, data: Items, seed: int, epochs: int) -> nn.Module:
    model = where.fresh(seeding.integer(seed, "plants", "source"))
    labelled = Labelled(where.preprocess.images([_deep(image) for image in data.images]), data.labels)
    recipe = replace(PLAIN, epochs=epochs, lr=RATES.get(where.network, PLAIN.lr))
    fit(model, labelled, where.preprocess, recipe, seed=seed, device="cpu")
    return model


def _deep(image: np.ndarray) -> np.ndarray:
    return image.reshape(*image.shape[:2], -1)


@cache
def pictures(name: str, domain: Callable[[], Domain]) -> Path:
    """The images that trained a domain's checkpoints, as files: what a user names as `source.trained`."""
    folder = KEPT / f"trained-{name}"
    if not folder.exists():
        made = KEPT / f"making-{name}"
        origin = domain().origin
        for i, (image, label) in enumerate(zip(origin.images, origin.labels.tolist(), strict=True)):
            place = made / str(label)
            place.mkdir(parents=True, exist_ok=True)
            PIL.Image.fromarray(image).save(place / f"{i}.png")
        made.rename(folder)
    return folder


def stale_statistics(state: State) -> State:
    """Batch statistics as they were before the training began: 0 and 1."""
    return {
        key: torch.zeros_like(value) if "running_mean" in key else torch.ones_like(value) if "running_var" in key
        else value for key, value in state.items()
    }  # fmt: skip


def half_loaded(where: Ground, state: State, *layers: str) -> State:
    """Some layers as they are drawn, because the file lacked them and nobody was told."""
    fresh = where.fresh(7).state_dict()
    return {key: fresh[key] if key.startswith(layers) else value for key, value in state.items()}


def untrained(where: Ground) -> State:
    """Every layer as it is drawn."""
    return dict(where.fresh(7).state_dict())


def dead_units(state: State, bias: str, share: float) -> State:
    """Units of one layer that never fire: their bias lies far below zero."""
    values = state[bias].clone()
    values[: int(share * len(values))] = -1e3
    return {**state, bias: values}


def other_head(where: Ground, state: State, other: State) -> State:
    """The head of another training, whose features meant something else."""
    return {**state, **{key: value for key, value in other.items() if key.startswith(f"{where.head}.")}}


def outputs_moved(where: Ground, state: State, by: int = 1) -> State:
    """The outputs in another order than that of the classes."""
    return {key: value.roll(by, 0) if key.startswith(f"{where.head}.") else value for key, value in state.items()}
