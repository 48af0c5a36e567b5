"""A classifier of colours as an ONNX file: the brightest channel wins. Written by onnx itself."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the extra onnx is tested with files that onnx writes: pip install onnx")
pytest.importorskip("onnxruntime", reason="ONNX files are run by onnxruntime: pip install 'shiftprobe[onnx]'")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402 - after the skip

__all__ = [
    "BYTES", "DOUBLE", "FIRST", "FLOAT", "HALF", "LAST", "helper", "model", "numpy_helper", "onnx", "truth", "written",
]  # fmt: skip

SIDE = 8
FLOAT, BYTES, HALF, DOUBLE = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.FLOAT16, TensorProto.DOUBLE
WEIGHT, BIAS = 8 * np.eye(3, dtype=np.float32), np.array([0.0931, 0.0, -0.0873], np.float32)  # no tie of grey levels
FIRST, LAST = ("n", 3, SIDE, SIDE), ("n", SIDE, SIDE, 3)

Step = tuple[Any, ...]  # an operator, and the constants that it takes after the image


def model(
    *before: Step,
    kind: int = FLOAT,
    shape: Sequence[int | str | None] = FIRST,
    answer: str = "scores",
    constants: Mapping[str, Any] | None = None,
    nodes: Sequence[Any] = (),
    **more: Any,
) -> Any:
    """The graph: `before` on the image, mean over places, `WEIGHT` and `BIAS`, called `answer`, then `nodes`."""
    made, held, name = [], {"weight": WEIGHT, "bias": BIAS, **(constants or {})}, "image"
    for place, (operator, *values) in enumerate(before):
        names = [f"value{place}-{number}" for number in range(len(values))]
        options = {"perm": [0, 3, 1, 2]} if operator == "Transpose" else {"to": FLOAT} if operator == "Cast" else {}
        held |= dict(zip(names, values, strict=True))
        made.append(helper.make_node(operator, [name, *names], [f"before{place}"], **options))
        name = f"before{place}"
    made += [
        helper.make_node("GlobalAveragePool", [name], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weight", "bias"], [answer]),
    ]
    tensors = [
        one if isinstance(one, TensorProto) else numpy_helper.from_array(np.asarray(one), key)
        for key, one in held.items()
    ]
    inputs = more.get("inputs", [helper.make_tensor_value_info("image", kind, shape)])
    outputs = more.get("outputs", [helper.make_tensor_value_info("scores", FLOAT, [shape[0], 3])])
    graph = helper.make_graph([*made, *nodes], "colours", inputs, outputs, tensors, **more.get("graph", {}))
    opsets = [helper.make_opsetid("", 18), *(helper.make_opsetid(one, 1) for one in more.get("domains", ()))]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="by hand")


def written(path: Path, made: Any) -> Path:
    path.write_bytes(made.SerializeToString())
    return path


def truth(fractions: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Scores of images (N, 3, S, S) as the graph is given them."""
    return np.asarray(fractions.mean(axis=(2, 3)) @ WEIGHT + BIAS)
