"""Networks with the weights a setup asks for: fresh, random, the source's, an arm's."""

import copy
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core import seeding
from shiftprobe.engine.brought import read_weights
from shiftprobe.models.build import build
from shiftprobe.models.fitting import fit_state
from shiftprobe.models.formats.checkpoint import budget_for, load_state
from shiftprobe.models.head import exchange, head_name
from shiftprobe.train.arms import Start
from shiftprobe.train.watching import copied

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup
    from shiftprobe.models.weights import Weights

WEIGHTS = "model.safetensors"
_HEAD_STD = 0.02  # of a head's weights as transformers that do not begin with zeros draw them


def fresh(setup: "Setup", classes: int, seed: int) -> "nn.Module":
    """The architecture with random weights drawn from a seed."""
    if setup.module is not None:
        own = head_name(setup.module, setup.source_classes) if classes != setup.source_classes else None
        return redrawn(setup.module, seed, None if own is None else (own, classes))
    size, channels = setup.side or setup.preprocess.size, setup.preprocess.channels
    arch, allow = setup.spec.model.arch, setup.allow_code
    return build(arch, classes=classes, channels=channels, size=size, seed=seed, allow_code=allow)


def redrawn(module: "nn.Module", seed: int, head: tuple[str, int] | None = None) -> "nn.Module":
    """A copy of a model in memory, its layers' own initialisation drawn anew from a seed.

    Weights that stand in no layer of that kind (class tokens, places, scales) are shuffled among themselves.

    Args:
        module: stays as it is.
        seed: of the weights.
        head: path of the head and how many outputs it gets, where these are others.
    """
    import torch

    twin = copy.deepcopy(module)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for part in twin.modules():
            reset = getattr(part, "reset_parameters", None) or getattr(part, "_reset_parameters", None)
            if callable(reset):
                reset()
            else:
                _shuffle(part)
        if head is not None:
            exchange(twin, *head)
    return twin


def _shuffle(part: "nn.Module") -> None:
    """The weights that are a module's own, each in another order."""
    import torch

    with torch.no_grad():
        for weight in part.parameters(recurse=False):
            weight.copy_(weight.flatten()[torch.randperm(weight.numel())].view_as(weight))


def random_control(setup: "Setup", draw: int = 0) -> "nn.Module":
    """The checkpoint's architecture, never trained: what its features and its maps must beat.

    A head that begins with zeros, as a vision transformer's, would answer nothing: it is drawn too.

    Args:
        setup: the resolved spec.
        draw: which of several, from 0.
    """
    address = ("random control", draw) if draw else ("random control",)
    seed = seeding.integer(setup.spec.data_seed, *address)
    return _with_head(fresh(setup, setup.source_classes, seed), setup.source_classes, seed)


def _with_head(model: "nn.Module", classes: int, seed: int) -> "nn.Module":
    import torch

    weight = model.get_submodule(head_name(model, classes)).get_parameter("weight")
    if not weight.any():
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            torch.nn.init.trunc_normal_(weight, std=_HEAD_STD)
    return model


def source(setup: "Setup") -> "nn.Module":
    """The checkpoint, from the run folder."""
    model = fresh(setup, setup.source_classes, 0)
    return loaded(model, setup.run.source / WEIGHTS)


def checkpoint(setup: "Setup", weights: "Weights | None" = None) -> "nn.Module":
    """The checkpoint that the user brings, as it is where they have it.

    Args:
        setup: what was asked for, resolved.
        weights: those that it names, where they were read already.

    Raises:
        CheckpointError: when it cannot be read, or does not fit the architecture.
    """
    from shiftprobe.models.fitting import fitted
    from shiftprobe.models.guess import KEYS

    if setup.module is not None:
        return setup.module
    arch, allow = setup.spec.model.arch, setup.allow_code
    found = weights or read_weights(setup.spec, allow_code=allow)[0]
    how = setup.preprocess
    model, _ = fitted(
        found.path, found, arch, classes=setup.source_classes, preprocess=how, allow_code=allow, cures=KEYS
    )
    return model.eval()


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
