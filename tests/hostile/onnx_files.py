"""ONNX files that somebody may hand us: without end, larger than memory, with files elsewhere, with code, cut, odd."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tests.hostile.cases import Case
from tests.models.onnx_made import BYTES, FLOAT, LAST, helper, model, numpy_helper, onnx, written

HUGE = 2**40  # values
ONE = np.ones(1, np.float32)
DEEP = 20
FIELDS = 50_000  # of a file at most; a user's bound is 20 times that
_OUTSIDE, _BESIDE = "wanted its weights in files beside it", "wanted an ONNX graph that answers"
Build = Callable[[Path], Path]


def _file(make: Callable[[], Any]) -> Build:
    return lambda folder: written(folder / "model.onnx", make())


def _bytes(content: Callable[[], bytes], name: str = "model.onnx") -> Build:
    def build(folder: Path) -> Path:
        (folder / name).write_bytes(content())
        return folder / name

    return build


def _whole() -> bytes:
    return bytes(model().SerializeToString())


def _node(operator: str, inputs: list[str], outputs: list[str], **more: Any) -> Any:
    return helper.make_node(operator, inputs, outputs, **more)


def _body(name: str, inner: tuple[Any, ...] = ()) -> Any:
    value = helper.make_tensor_value_info
    nodes = [_node("Identity", [f"go{name}"], [f"on{name}"]), _node("Identity", [f"in{name}"], [f"out{name}"]), *inner]
    inputs = [value(f"turn{name}", 7, []), value(f"go{name}", 9, []), value(f"in{name}", FLOAT, None)]
    return helper.make_graph(
        nodes, f"body{name}", inputs, [value(f"on{name}", 9, []), value(f"out{name}", FLOAT, None)]
    )


def _loop(turns: str, *inner: Any) -> Any:
    """A loop that hands the scores on."""
    constants = {"yes": np.array(True), "turns": np.int64(2**62)}
    nodes = [_node("Loop", [turns, "yes", "after"], ["scores"], body=_body("", inner))]
    return model(answer="after", constants=constants, nodes=nodes)


def _deep() -> Any:
    body = _body("0")
    for level in range(1, DEEP):
        body = _body(str(level), (_node("Loop", ["turns", "yes", f"in{level}"], [f"u{level}"], body=body),))
    nodes = [_node("Loop", ["turns", "yes", "after"], ["scores"], body=body)]
    return model(answer="after", constants={"yes": np.array(True), "turns": np.int64(1)}, nodes=nodes)


def _large(*nodes: Any, **constants: Any) -> Any:
    """Something huge, whose mean is added to the scores."""
    added = [
        *nodes,
        _node("ReduceMean", ["huge"], ["mean"], keepdims=0),
        _node("Add", ["after", "mean"], ["scores"]),
    ]
    return model(answer="after", constants=constants, nodes=added)


def _claims(**fields: Any) -> Any:
    """A weight that says it is huge."""
    tensor = onnx.TensorProto(name="huge", data_type=FLOAT, dims=[HUGE], **fields)
    return _large(huge=tensor)


def _sparse() -> Any:
    made = _large()
    values = numpy_helper.from_array(np.ones(1, np.float32), "huge")
    places = numpy_helper.from_array(np.zeros(1, np.int64))
    made.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [HUGE]))
    return made


def _elsewhere(place: str, prepare: Callable[[Path], object] = lambda _: None, **said: int) -> Build:
    """Weights that lie where `place` says."""

    def build(folder: Path) -> Path:
        prepare(folder)
        return written(folder / "model.onnx", _far(model(), place, **said))

    return build


def _far(made: Any, place: str, **said: int) -> Any:
    weight = next(one for one in made.graph.initializer if one.name == "weight")
    _move(weight, place, **said)
    return made


def _move(tensor: Any, place: str, **said: int) -> None:
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": place, **said}.items():
        tensor.external_data.add(key=key, value=str(value))


def _hidden(place: str) -> Any:
    """Weights elsewhere that stand in a constant inside the body of a loop."""
    tensor = numpy_helper.from_array(np.ones(9, np.float32), "hidden")
    _move(tensor, place)
    return _loop("turns", _node("Constant", [], ["secret"], value=tensor))


def _short(folder: Path) -> None:
    (folder / "w.bin").write_bytes(b"1")


def _link(folder: Path) -> None:
    secret = folder.parent / f"{folder.name}.secret"
    secret.write_bytes(bytes(36))
    (folder / "w.bin").symlink_to(secret)


def _bytes_last() -> Any:
    return model(("Cast",), ("Transpose",), ("Div", np.float32(255)), kind=BYTES, shape=LAST)


def _saved_beside(folder: Path) -> Path:
    onnx.save(model(), folder / "model.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    return folder / "model.onnx"


def _custom(domain: str, operator: str = "Run") -> Any:
    return model(answer="after", nodes=[_node(operator, ["after"], ["scores"], domain=domain)], domains=[domain])


def _scores(operator: str, *inputs: str, **constants: Any) -> Any:
    return model(answer="after", nodes=[_node(operator, ["after", *inputs], ["scores"])], constants=constants)


def _refused(name: str, build: Build, because: str) -> Case:
    return Case(name, build, "refused", because)


def _accepted(name: str, make: Callable[[], Any]) -> Case:
    return Case(name, _file(make), "accepted")


WITHOUT_END = [
    _refused("a loop without end", _file(lambda: _loop("")), "s of processor time"),
    _refused("graphs 20 deep", _file(_deep), "graphs within each other"),
    _refused("fields without end", _bytes(lambda: _whole() + b"\xf8\x07\x00" * FIELDS), "over 50,000 fields"),
]
FILLED = _node("ConstantOfShape", ["n"], ["huge"])
SPREAD = _node("Expand", ["one", "n"], ["huge"])
HUGE_FILES = [
    _refused("a constant of 2^40", _file(lambda: _large(FILLED, n=[HUGE])), "bytes of memory"),
    _refused("a tensor spread to 2^40", _file(lambda: _large(SPREAD, n=[HUGE], one=ONE)), "bytes of memory"),
    _refused("a weight that claims 2^40 values", _file(lambda: _claims(raw_data=bytes(4))), _BESIDE),
    _refused("a sparse weight of 2^40", _file(_sparse), _BESIDE),
    _refused("a batch of 2^40", _file(lambda: model(shape=(HUGE, 3, 8, 8))), "64 are the most"),
    _refused("images of 2^20 px", _file(lambda: model(shape=("n", 3, 2**20, 2**20))), "2,048 are the most"),
    _refused("a million scores", _file(lambda: _scores("Tile", "n", n=[1, 400_000])), _BESIDE),
]
ELSEWHERE = [
    _refused("weights in /etc/passwd", _elsewhere("/etc/passwd"), _OUTSIDE),
    _refused("weights in ../secret", _elsewhere("../secret"), _OUTSIDE),
    _refused("weights in a/../../secret", _elsewhere("a/../../secret"), _OUTSIDE),
    _refused("weights behind a link", _elsewhere("w.bin", _link), "leads out of the folder"),
    _refused("weights in a pipe", _elsewhere("w.bin", lambda folder: os.mkfifo(folder / "w.bin")), "no regular file"),
    _refused("weights that are not there", _elsewhere("w.bin"), "No such file"),
    _refused("weights in our memory", _elsewhere("*/_ORT_MEM_ADDR_/*", offset=4096, length=36), "No such file"),
    _refused("weights in C:\\secret", _elsewhere("C:\\secret"), _OUTSIDE),
    _refused("weights with no name", _elsewhere(""), _OUTSIDE),
    _refused("weights with a NUL", _elsewhere("a\x00b"), _OUTSIDE),
    _refused("weights elsewhere, inside a loop", _file(lambda: _hidden("/etc/passwd")), _OUTSIDE),
    _refused("more weights than the file has", _elsewhere("w.bin", _short, length=HUGE), _BESIDE),
]
CODE = [
    _refused("an operator of others", _file(lambda: _custom("evil.ops")), "a custom operator is code"),
    _refused("an operator that ONNX lacks", _file(lambda: _scores("Exec")), _BESIDE),
    _refused("Python inside", _file(lambda: _custom("com.microsoft", "PyOp")), _BESIDE),
]
BROKEN = [
    _refused("nothing", _bytes(bytes), "the file is empty"),
    _refused("cut in half", _bytes(lambda: _whole()[: len(_whole()) // 2]), "wanted an ONNX classifier"),
    _refused("a Git LFS pointer", _bytes(lambda: b"version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
    _refused("a web page", _bytes(lambda: b"<!DOCTYPE html><html>"), "an HTML or XML page"),
    _refused("a TensorFlow model", _bytes(lambda: b"\x08\x01\x12\x04\x0a\x02hi"), "no graph in it"),
    _refused("an image that nobody reads", _file(lambda: _scores("Missing", "nobody")), _BESIDE),
    _refused("scores that are NaN", _file(lambda: _scores("Div", "zero", zero=np.float32(0))), "NaN or infinity"),
    _refused("a name that clears the screen", _file(lambda: _custom("evil\x1b[2J")), "evil"),
]
GENUINE = [
    _accepted("floats, channels first", model),
    _accepted("bytes, channels last", _bytes_last),
    _accepted("probabilities", lambda: _scores("Softmax")),
    Case("weights beside it", _saved_beside, "accepted"),
]

FAMILIES: dict[str, list[Case]] = {
    "ONNX without end": WITHOUT_END,
    "ONNX larger than memory": HUGE_FILES,
    "ONNX with weights elsewhere": ELSEWHERE,
    "ONNX with operators of others": CODE,
    "ONNX broken, and strangers": BROKEN,
    "ONNX as it should be": GENUINE,
}
CASES = [case for family in FAMILIES.values() for case in family]
