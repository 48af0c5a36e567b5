"""The optimiser of a phase: which parameters learn, at what factor of the rate, and which of them decay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.layer_decay import factors, no_decay


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a training in which one part of the network learns."""

    part: str  # module path; "" is the whole network
    factors: Mapping[str, float] = field(default_factory=dict)  # of the rate, by parameter; 0 stands still


def optimizer(model: nn.Module, phase: Phase, recipe: Recipe, head: str) -> torch.optim.Optimizer:
    """What trains a phase; everything that does not learn in it is frozen.

    Args:
        model: its parameters are told whether they learn.
        phase: which part learns, and how fast.
        recipe: the optimiser, its rate and decays.
        head: module name of the classification head, from which a decay per layer counts down.
    """
    groups = _groups(model, phase, recipe, head)
    if recipe.opt == "sgd":
        return torch.optim.SGD(groups, lr=recipe.lr, momentum=0.9)
    return (torch.optim.AdamW if recipe.opt == "adamw" else torch.optim.Adam)(groups, lr=recipe.lr)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Every group's rate is its factor of this one."""
    for group in optimizer.param_groups:
        group["lr"] = group["factor"] * rate


def learning(optimizer: torch.optim.Optimizer) -> Sequence[nn.Parameter]:
    """All parameters that an optimiser moves."""
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _groups(model: nn.Module, phase: Phase, recipe: Recipe, head: str) -> list[dict[str, object]]:
    """What learns in a phase, in groups of one factor of the rate and one decay."""
    names = {parameter: name for name, parameter in model.named_parameters()}
    by_layer = factors(model, head, recipe.layer_decay) if recipe.layer_decay < 1 else {}
    spared = no_decay(model) if recipe.weight_decay else frozenset(names.values())
    model.requires_grad_(requires_grad=False)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in model.get_submodule(phase.part).parameters():
        name = names[parameter]
        factor = phase.factors.get(name, 1.0) * by_layer.get(name, 1.0)
        if factor > 0:
            parameter.requires_grad = True
            groups.setdefault((factor, 0.0 if name in spared else recipe.weight_decay), []).append(parameter)
    return [{"params": some, "factor": key[0], "weight_decay": key[1]} for key, some in groups.items()]
