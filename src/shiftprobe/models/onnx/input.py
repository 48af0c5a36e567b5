"""How an ONNX graph wants its images, told by its input and by the first operations on it; and which output counts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.models.onnx.constant import DOUBLE, FLOAT, FLOAT16, UINT8, OnnxConstant
from shiftprobe.models.onnx.graph import OnnxGraph, OnnxNode, OnnxValue

TYPES: Mapping[int, str] = {FLOAT: "float32", UINT8: "uint8", FLOAT16: "float16", DOUBLE: "float64"}
_CHANNELS = {1, 3}
_SIDES = 4  # of a batch of images
_TO_FIRST = (0, 3, 1, 2)  # how channels that stand last are brought to the front
_PLAIN = {"Identity", "Cast", "Dropout", "Transpose"}  # what moves no number
_Numbers: TypeAlias = NDArray[np.float64]
_STEEPEST, _FARTHEST = 0.1, 20.0  # what a grey level is multiplied by at most, or moved by at least
_EPSILON = 1e-5  # of a batch norm
MAX_BATCH, MAX_SIDE = 64, 2048  # images at once, where a graph fixes their number, and px


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxInput:
    """What a graph is given and what is read of it."""

    name: str
    dtype: str  # of numpy
    batch: int | None  # images at once; None: any number
    side: int | None  # px; None: any
    channels: int
    last: bool  # whether channels stand last
    levels: bool | None  # grey levels 0 to 255, or fractions; None: the graph does not tell
    output: str
    outputs: int  # scores per image; 0: the graph does not tell
    spare: int  # further outputs, which are not looked at

    @property
    def told(self) -> str:
        """The same in words."""
        sides = "any side" if self.side is None else f"{self.side} px"
        scale = {None: "", True: ", grey levels 0 to 255", False: ", fractions 0 to 1"}[self.levels]
        layout = "one channel" if self.channels == 1 else f"channels {'last' if self.last else 'first'}"
        return f"images of {sides}, {layout}, {self.dtype}{scale}"


class _Start(NamedTuple):
    """The first operations, which the input alone goes through."""

    last: bool | None  # whether they bring channels from the end to the front; None: they turn nothing
    slope: float  # the steepest line that a channel goes through
    offset: float  # the farthest that one is moved
    ends: OnnxNode | None  # the first operation of another kind
    scaled: bool


def input_of(graph: OnnxGraph) -> OnnxInput:
    """What a graph is given.

    Raises:
        ValueError: in a few words, when that is no batch of square images, or no output is a score per class.
    """
    free = [one for one in graph.inputs if one.name not in graph.constants]  # old files list weights among their inputs
    if len(free) != 1:
        raise ValueError(f"it wants {len(free)} inputs")
    (given,) = free
    if given.kind not in TYPES:
        raise ValueError("its input is no array of floats or bytes")
    if given.shape is None or len(given.shape) != _SIDES:
        raise ValueError(f"its input is {_shape(given)}")
    start, known = _start(graph, given.name), graph.constants
    last, channels = _layout(given, start, known)
    sides = given.shape[1:3] if last else given.shape[2:]
    if None not in sides and sides[0] != sides[1]:
        raise ValueError(f"it takes {sides[0]} x {sides[1]} px")
    _check_most(given.shape[0], MAX_BATCH, "images at once")
    _check_most(sides[0] or sides[1], MAX_SIDE, "px")
    read, outputs = _output(graph)
    return OnnxInput(
        name=given.name,
        dtype=TYPES[given.kind],
        batch=given.shape[0],
        side=sides[0] or sides[1],
        channels=channels,
        last=last,
        levels=True if given.kind == UINT8 else _levels(start),
        output=read,
        outputs=outputs,
        spare=len(graph.outputs) - 1,
    )


def _check_most(many: int | None, most: int, what: str) -> None:
    if many is not None and many > most:
        raise ValueError(f"it takes {many:,} {what}, and {most:,} are the most")


def _shape(value: OnnxValue) -> str:
    if value.shape is None:
        return "of no known shape"
    return f"({', '.join('?' if side is None else str(side) for side in value.shape)})"


def _layout(given: OnnxValue, start: _Start, known: Mapping[str, OnnxConstant]) -> tuple[bool, int]:
    """Whether channels stand last, and how many there are."""
    sides = given.shape or ()
    first, last = sides[1] in _CHANNELS, sides[3] in _CHANNELS
    if first != last:
        return last, (sides[3] if last else sides[1]) or 0
    if first and start.last is not None:
        return start.last, (sides[3] if start.last else sides[1]) or 0
    stem = known.get(start.ends.inputs[1]) if start.ends is not None and len(start.ends.inputs) > 1 else None
    if start.ends is None or start.ends.operator != "Conv" or stem is None or len(stem.shape) != _SIDES:
        raise ValueError(f"its input is {_shape(given)}, which does not say where 1 or 3 channels stand")
    if stem.shape[1] not in _CHANNELS:
        raise ValueError(f"it takes {stem.shape[1]} channels")
    return bool(start.last), stem.shape[1]


def _levels(start: _Start) -> bool | None:
    if not start.scaled:
        return None
    return start.slope < _STEEPEST or start.offset > _FARTHEST


def _start(graph: OnnxGraph, name: str) -> _Start:
    known = _constants(graph)
    slope, offset = np.ones(1), np.zeros(1)
    last, scaled, ends = None, False, None
    for node in _path(graph, name):
        with np.errstate(all="ignore"):  # what overflows is no image's range
            line = _line(node, known)
        if line is None and node.operator not in _PLAIN:
            ends = node
            break
        if node.operator == "Transpose":
            last = node.turned == _TO_FIRST
        if line is not None:
            slope, offset, scaled = slope * line[0], offset * line[0] + line[1], True
    return _Start(last, float(np.abs(slope).max()), float(np.abs(offset).max()), ends, scaled)


def _line(node: OnnxNode, known: Mapping[str, OnnxConstant]) -> tuple[_Numbers, _Numbers] | None:
    """Slope and offset of an operation with constants, per channel; None where it is no such line."""
    held = [known[one].values for one in node.inputs if one in known]
    numbers = [one.ravel() for one in held if one is not None and one.size in _CHANNELS and np.isfinite(one).all()]
    constant_first = any(one in known for one in node.inputs[:1])
    if len(numbers) < len(held) or (constant_first and node.operator in {"Sub", "Div"}):
        return None
    if node.operator == "BatchNormalization" and len(numbers) == 4:  # noqa: PLR2004 - scale, shift, mean, variance
        slope = numbers[0] / np.sqrt(np.abs(numbers[3]) + _EPSILON)
        return slope, numbers[1] - numbers[2] * slope
    if len(numbers) != 1 or (node.operator == "Div" and not numbers[0].all()):
        return None
    (one,), still, alike = numbers, np.zeros(1), np.ones(1)
    lines = {"Sub": (alike, -one), "Add": (alike, one), "Mul": (one, still)}
    return (1 / one, still) if node.operator == "Div" else lines.get(node.operator)


def _path(graph: OnnxGraph, name: str) -> Iterator[OnnxNode]:
    """Operations one after the other, each the only one that takes what the one before it gives."""
    takers: dict[str, list[OnnxNode]] = {}
    for node in graph.nodes:
        for given in node.inputs:
            takers.setdefault(given, []).append(node)
    for _ in graph.nodes:  # a graph that leads back to itself ends here
        found = takers.get(name, [])
        if len(found) != 1 or not found[0].outputs:
            return
        yield found[0]
        name = found[0].outputs[0]


def _constants(graph: OnnxGraph) -> dict[str, OnnxConstant]:
    found = dict(graph.constants)
    for node in graph.nodes:
        if node.constant is not None and node.operator == "Constant" and node.outputs:
            found[node.outputs[0]] = node.constant
        elif node.operator == "Identity" and node.outputs and node.inputs and node.inputs[0] in found:
            found[node.outputs[0]] = found[node.inputs[0]]
    return found


def _output(graph: OnnxGraph) -> tuple[str, int]:
    """The output that holds scores, and how many per image."""
    flat = [one for one in graph.outputs if one.kind in TYPES and _is_scores(one)]
    if not flat:
        raise ValueError(f"its output is {_shape(graph.outputs[0])}, no score per class")
    chosen = next((one for one in flat if "logit" in one.name.lower()), flat[0])
    return chosen.name, (chosen.shape or (None, None))[1] or 0


def _is_scores(value: OnnxValue) -> bool:
    shape = value.shape
    return shape is None or (len(shape) > 1 and all(side in {1, None} for side in shape[2:]))
