"""Networks with the weights a setup asks for: fresh, random, the source's, an arm's."""

import copy
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core import seeding
from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models.build import build
from shiftprobe.models.checkpoint import budget_for, fit_state, load_state
from shiftprobe.models.head import head_name
from shiftprobe.train.arms import Start
from shiftprobe.train.watching import copied

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup
    from shiftprobe.models.preprocess import Preprocess

WEIGHTS = "model.safetensors"


def fresh(setup: "Setup", classes: int, seed: int) -> "nn.Module":
    """The architecture with random weights drawn from a seed."""
    if setup.module is not None:
        return redrawn(setup.module, seed)
    size, channels = setup.preprocess.size, setup.preprocess.channels
    arch, allow = setup.spec.model.arch, setup.allow_code
    return build(arch, classes=classes, channels=channels, size=size, seed=seed, allow_code=allow)


def skeleton(
    arch: str, classes: int, preprocess: "Preprocess", *, module: "nn.Module | None", allow_code: bool
) -> "nn.Module":
    """A network of an architecture, to know what it is made of and which of its weights is which."""
    if module is not None:
        return module
    size, channels = preprocess.size, preprocess.channels
    if arch.startswith("torchvision:"):
        size, channels = 224, 3  # as they were published, whatever the images are
    return build(arch, classes=classes, channels=channels, size=size, seed=0, allow_code=allow_code)


def redrawn(module: "nn.Module", seed: int) -> "nn.Module":
    """A copy of a model in memory, its layers' own initialisation drawn anew from a seed."""
    import torch

    twin = copy.deepcopy(module)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for part in twin.modules():
            reset = getattr(part, "reset_parameters", None)
            if callable(reset):
                reset()
    return twin


def random_control(setup: "Setup") -> "nn.Module":
    """The checkpoint's architecture, never trained: what its features must beat."""
    return fresh(setup, setup.source_classes, seeding.integer(setup.spec.data_seed, "random control"))


def source(setup: "Setup") -> "nn.Module":
    """The checkpoint, from the run folder."""
    model = fresh(setup, setup.source_classes, 0)
    return loaded(model, setup.run.source / WEIGHTS)


def checkpoint(setup: "Setup") -> "nn.Module":
    """The checkpoint that the user brings, as it is in their file.

    Raises:
        CheckpointError: when it cannot be read, or does not fit the architecture.
    """
    if setup.module is not None:
        return setup.module
    path = Path(setup.spec.base, setup.spec.model.weights)
    try:
        return loaded(fresh(setup, setup.source_classes, 0), path)
    except CheckpointError as error:
        text = str(error)
        raise CheckpointError(text if escape(path) in text else f"{escape(path)}: {text}") from None


def loaded(model: "nn.Module", path: Path) -> "nn.Module":
    """A model with the weights of a file of ours, in evaluation mode."""
    fit_state(model, load_state(path, budget_bytes=budget_for(model)))
    return model.eval()


def start(setup: "Setup", model: "nn.Module", source_model: "nn.Module", seed: int) -> Start:
    """What an arm may begin from; `model` is the fresh network of this seed."""
    return Start(
        fresh=copied(model),
        source=copied(source_model),
        head=head_name(model, len(setup.classes)),
        source_head=head_name(source_model, setup.source_classes),
        keep_head=setup.spec.model.head == "source",
        columns=setup.columns,
        seed=seed,
    )
