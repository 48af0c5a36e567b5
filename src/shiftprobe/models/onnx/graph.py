"""What an ONNX file says of itself, read without running or loading anything: operators, input, outputs, other files.

Numbers of fields are those of onnx.proto (github.com/onnx/onnx, Apache-2.0), release 1.23.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from shiftprobe.models.onnx.constant import OnnxConstant, read_constant
from shiftprobe.models.onnx.protobuf import Messages, inner, signed, text

MAX_DEPTH = 16  # graphs within graphs
_PRODUCER, _GRAPH, _OPSET, _TRAINING, _FUNCTION = 2, 7, 8, 20, 25  # of a model
_NODE, _WEIGHTS, _INPUT, _OUTPUT, _SPARSE = 1, 5, 11, 12, 15  # of a graph
_GIVEN, _MADE, _OPERATOR, _ATTRIBUTE, _DOMAIN = 1, 2, 4, 5, 7  # of a node
_FUNCTION_NODE, _FUNCTION_DOMAIN = 7, 10
_TENSORS, _GRAPHS, _INTS, _SPARSE_TENSORS = {5, 10}, {6, 11}, 8, {22, 23}  # of an attribute
_TYPE = 2  # of an input or output, and its sides


class OnnxValue(NamedTuple):
    """An input or output: its name, the number of its type, its sides; None where one is not fixed."""

    name: str
    kind: int
    shape: tuple[int | None, ...] | None


class OnnxNode(NamedTuple):
    """One operation."""

    operator: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    turned: tuple[int, ...]  # where each side goes, of a Transpose
    constant: OnnxConstant | None  # of a Constant


@dataclass(slots=True)
class OnnxGraph:
    """What is written in a file."""

    inputs: list[OnnxValue] = field(default_factory=list)
    outputs: list[OnnxValue] = field(default_factory=list)
    nodes: list[OnnxNode] = field(default_factory=list)
    constants: dict[str, OnnxConstant] = field(default_factory=dict)
    operators: set[tuple[str, str]] = field(default_factory=set)  # (domain, name), of graphs within too
    functions: set[tuple[str, str]] = field(default_factory=set)  # that the file makes of operators
    elsewhere: set[str] = field(default_factory=set)  # files that hold weights
    producer: str = ""
    opset: int = 0
    parameters: int = 0  # numbers in its weights


def read_graph(content: bytes) -> OnnxGraph:
    """The graph of an ONNX file.

    Raises:
        ValueError: in a few words, when the bytes are none.
    """
    reader = _Reader()
    reader.model(memoryview(content))
    if not reader.found.nodes or not reader.found.outputs:
        raise ValueError("no graph in it")
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.found = OnnxGraph()
        self._messages = Messages()

    def model(self, message: memoryview) -> None:
        found = self.found
        for number, value in self._messages.fields(message):
            if number == _PRODUCER:
                found.producer = text(value)
            elif number == _GRAPH:
                self._graph(inner(value), 0, whole=True)
            elif number == _OPSET:
                self._opset(inner(value))
            elif number == _TRAINING:
                for _, graph in self._messages.fields(inner(value)):
                    if not isinstance(graph, int):
                        self._graph(graph, 1)
            elif number == _FUNCTION:
                self._function(inner(value))

    def _opset(self, message: memoryview) -> None:
        said = dict(self._messages.fields(message))
        version = said.get(2, 0)
        if not text(said.get(1, memoryview(b""))) and isinstance(version, int):
            self.found.opset = signed(version)

    def _graph(self, message: memoryview, depth: int, *, whole: bool = False) -> None:
        if depth > MAX_DEPTH:
            raise ValueError(f"over {MAX_DEPTH} graphs within each other")
        for number, value in self._messages.fields(message):
            if number == _NODE:
                node = self._node(inner(value), depth)
                if whole:
                    self.found.nodes.append(node)
            elif number == _WEIGHTS:
                self._weights(inner(value), whole=whole)
            elif number == _SPARSE:
                for tensor in self._sparse(inner(value)):
                    self._weights(tensor, whole=False)
            elif number == _INPUT and whole:
                self.found.inputs.append(self._value(inner(value)))
            elif number == _OUTPUT and whole:
                self.found.outputs.append(self._value(inner(value)))

    def _function(self, message: memoryview) -> None:
        name = domain = ""
        for number, value in self._messages.fields(message):
            if number == 1:
                name = text(value)
            elif number == _FUNCTION_DOMAIN:
                domain = text(value)
            elif number == _FUNCTION_NODE:
                self._node(inner(value), 1)
        self.found.functions.add((domain, name))

    def _weights(self, message: memoryview, *, whole: bool) -> None:
        name, constant = self._constant(message)
        self.found.parameters += max(0, math.prod(constant.shape))
        if whole:
            self.found.constants[name] = constant

    def _node(self, message: memoryview, depth: int) -> OnnxNode:
        operator = domain = ""
        inputs: list[str] = []
        outputs: list[str] = []
        turned: tuple[int, ...] = ()
        constant: OnnxConstant | None = None
        for number, value in self._messages.fields(message):
            if number in {_GIVEN, _MADE}:
                (inputs if number == _GIVEN else outputs).append(text(value))
            elif number == _OPERATOR:
                operator = text(value)
            elif number == _DOMAIN:
                domain = text(value)
            elif number == _ATTRIBUTE:
                numbers, held = self._attribute(inner(value), depth)
                turned, constant = turned or numbers, constant or held
        self.found.operators.add((domain, operator))
        return OnnxNode(operator, domain, tuple(inputs), tuple(outputs), turned, constant)

    def _attribute(self, message: memoryview, depth: int) -> tuple[tuple[int, ...], OnnxConstant | None]:
        """What an operation is told: whole numbers where they say how sides turn, and a constant."""
        name, constant = "", None
        numbers: list[int] = []
        for number, value in self._messages.fields(message):
            if number == 1:
                name = text(value)
            elif number == _INTS and name == "perm":
                numbers += self._messages.numbers(value)
            elif number in _TENSORS:
                _, constant = self._constant(inner(value))
            elif number in _GRAPHS:
                self._graph(inner(value), depth + 1)
            elif number in _SPARSE_TENSORS:
                for tensor in self._sparse(inner(value)):
                    self._constant(tensor)
        return tuple(numbers), constant

    def _sparse(self, message: memoryview) -> list[memoryview]:
        """The values of a sparse tensor, and where they stand."""
        return [inner(tensor) for number, tensor in self._messages.fields(message) if number in {1, 2}]

    def _constant(self, message: memoryview) -> tuple[str, OnnxConstant]:
        name, constant, places = read_constant(self._messages, message)
        self.found.elsewhere.update(places)
        return name, constant

    def _value(self, message: memoryview) -> OnnxValue:
        name, kind, shape = "", 0, None
        for number, value in self._messages.fields(message):
            if number == 1:
                name = text(value)
            elif number == _TYPE:
                for form, tensor in self._messages.fields(inner(value)):
                    if form == 1:
                        kind, shape = self._tensor_type(inner(tensor))
        return OnnxValue(name, kind, shape)

    def _tensor_type(self, message: memoryview) -> tuple[int, tuple[int | None, ...] | None]:
        kind, shape = 0, None
        for number, value in self._messages.fields(message):
            if number == 1 and isinstance(value, int):
                kind = value
            elif number == _TYPE:
                shape = tuple(self._side(inner(side)) for _, side in self._messages.fields(inner(value)))
        return kind, shape

    def _side(self, message: memoryview) -> int | None:
        return next(
            (signed(v) for n, v in self._messages.fields(message) if n == 1 and isinstance(v, int) and signed(v) > 0),
            None,
        )
