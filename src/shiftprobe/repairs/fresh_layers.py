"""Layers whose weights look like fresh draws of the architecture, or are broken; told from the file alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import SpecError
from shiftprobe.repairs.tensor_tests import tensor_ps
from shiftprobe.stats.multiplicity import holm

if TYPE_CHECKING:
    from torch import Tensor

State: TypeAlias = Mapping[str, "Tensor"]
Look: TypeAlias = Literal["trained", "fresh", "broken", "unclear"]
Loaded: TypeAlias = Literal["trained", "half_loaded", "untrained_source", "wrong_head"]
"""No layer looks fresh; some do while others are trained, or are broken; all do; the head alone does."""

LEAST_DRAWS = 5
TELLING = 128  # random weights of a layer, below which "like a draw" says little
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerWeights:
    """What the weights of one layer look like."""

    layer: str  # module name, or the parameter's own where it belongs to the network itself
    look: Look
    weights: int
    p: float  # that a fresh draw is as unlike the draws as this, Holm over all layers
    told_by: str = ""  # the statistic that tells most, and the tensor
    broken: str = ""  # "weight is constant", "weight holds NaN", "weight equals that of blocks.1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedLayers:
    """All layers of a checkpoint, in the order in which the network registers them."""

    loaded: Loaded
    layers: tuple[LayerWeights, ...]
    draws: int

    @property
    def suspects(self) -> tuple[str, ...]:
        """Layers that look fresh or are broken."""
        return tuple(one.layer for one in self.layers if one.look in {"fresh", "broken"})


def loaded_layers(state: State, draws: Sequence[State], head: str) -> LoadedLayers:
    """Which layers of a checkpoint look like draws.

    Each tensor is held against the same tensor of the draws: values (mean, spread, ranks, a bound that no draw leaves)
    and their places (strongest direction, sizes of rows and inputs, neighbours in a kernel); Bonferroni within a
    layer, Holm over layers. Of fresh networks at most one in twenty has a layer that is called trained.

    Args:
        state: of the checkpoint.
        draws: of five or more untrained networks of the same architecture.
        head: module name of the classification head.

    Raises:
        SpecError: with fewer than five draws, or where one lacks a tensor or has another shape.
    """
    if len(draws) < LEAST_DRAWS:
        raise SpecError(f"wanted {LEAST_DRAWS} draws or more to tell which layers are fresh, got {len(draws)}")
    found = _arrays(state)
    known = [_arrays(draw) for draw in draws]
    for name, value in found.items():
        if any(name not in one or one[name].shape != value.shape for one in known):
            raise SpecError(f"{name}: wanted a draw of the same shape, {value.shape}; is it the same architecture?")
    by_layer: dict[str, list[str]] = {}
    for name in found:
        by_layer.setdefault(name.rpartition(".")[0] or name, []).append(name)
    broken = _broken(found, known)
    looks = [_look(layer, names, found, known) for layer, names in by_layer.items()]
    adjusted = holm([one.p for one in looks])
    layers = tuple(
        _judged(one, float(p), next((broken[name] for name in by_layer[one.layer] if name in broken), ""))
        for one, p in zip(looks, adjusted, strict=True)
    )
    return LoadedLayers(loaded=_verdict(layers, head), layers=layers, draws=len(draws))


def _arrays(state: State) -> dict[str, NDArray[np.float64]]:
    """Tensors of fractions; counters and indices tell nothing."""
    return {
        name: value.detach().to("cpu").double().numpy()
        for name, value in state.items()
        if value.is_floating_point() and value.numel()
    }


def _look(
    layer: str,
    names: Sequence[str],
    found: Mapping[str, NDArray[np.float64]],
    known: Sequence[Mapping[str, NDArray[np.float64]]],
) -> LayerWeights:
    """A layer before its p value is adjusted; `look` is what it would be if nothing told it from draws."""
    ps: dict[str, float] = {}
    weights, stayed = 0, False
    for name in names:
        value, draws = found[name], [one[name] for one in known]
        if not np.isfinite(value).all():
            continue
        told = tensor_ps(value, draws, address=name)
        ps.update({f"{statistic} of {name.rpartition('.')[2]}": p for statistic, p in told.items()})
        random = any((draw != draws[0]).any() for draw in draws)
        weights += value.size if random else 0
        stayed = stayed or (not random and bool(told))
    least = min(ps, key=lambda name: ps[name], default="")
    p = min(1.0, len(ps) * ps[least]) if least else 1.0
    tells = weights >= TELLING or (stayed and not weights)
    return LayerWeights(layer=layer, look="fresh" if tells else "unclear", weights=weights, p=p, told_by=least)


def _judged(one: LayerWeights, p: float, broken: str) -> LayerWeights:
    look: Look = "broken" if broken else "trained" if p < LEVEL else one.look
    return LayerWeights(
        layer=one.layer,
        look=look,
        weights=one.weights,
        p=p,
        told_by=one.told_by if look == "trained" else "",
        broken=broken,
    )


def _broken(
    found: Mapping[str, NDArray[np.float64]], known: Sequence[Mapping[str, NDArray[np.float64]]]
) -> dict[str, str]:
    """Tensors by name that no training gives: NaN, all values alike where draws vary, the copy of another."""
    wrong: dict[str, str] = {}
    seen: dict[tuple[tuple[int, ...], bytes], str] = {}
    for name, value in found.items():
        last, varies = name.rpartition(".")[2], np.ptp(known[0][name]) > 0
        if not np.isfinite(value).all():
            wrong[name] = f"{last} holds NaN or infinity"
        elif varies and value.size > 1 and np.ptp(value) == 0:
            wrong[name] = f"{last} is constant"
        elif varies and value.size >= TELLING:
            twin = seen.setdefault((value.shape, value.tobytes()), name)
            if twin != name and not np.array_equal(known[0][name], known[0][twin]):
                wrong[name] = f"{last} equals {twin}"
    return wrong


def _verdict(layers: Sequence[LayerWeights], head: str) -> Loaded:
    telling = [one for one in layers if one.look != "unclear"]
    odd = [one for one in telling if one.look != "trained"]
    if not odd:
        return "trained"
    if all(one.look == "fresh" for one in telling):
        return "untrained_source"
    return "wrong_head" if {one.layer for one in odd} == {head} else "half_loaded"
