"""What an ONNX graph says of its images: side, layout, range; told from files that onnx and torch write."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.models.onnx_made import BYTES, DOUBLE, FIRST, FLOAT, HALF, LAST, helper, model
from torch import nn

from shiftprobe.models.onnx.graph import read_graph
from shiftprobe.models.onnx.input import OnnxInput, input_of

MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


def told(made: Any) -> OnnxInput:
    return input_of(read_graph(made.SerializeToString()))


def column(values: Any) -> Any:
    return np.asarray(values, np.float32).reshape(1, -1, 1, 1)


@pytest.mark.parametrize(
    ("before", "levels"),
    [
        ((), None),
        ((("Sub", column(MEAN)), ("Div", column(STD))), False),
        ((("Sub", column(MEAN * 255)), ("Div", column(STD * 255))), True),
        ((("Mul", np.float32(2)), ("Sub", np.float32(1))), False),
        ((("Div", np.float32(127.5)), ("Sub", np.float32(1))), True),
        ((("Div", np.float32(255)),), True),
        ((("Sub", column([123.68, 116.78, 103.94])),), True),  # of Caffe: moved, not scaled
        ((("Mul", column(1 / STD)), ("Add", column(-MEAN / STD))), False),
        ((("BatchNormalization", np.ones(3, "f4"), np.zeros(3, "f4"), MEAN * 255, (STD * 255) ** 2),), True),
        ((("BatchNormalization", np.ones(3, "f4"), np.zeros(3, "f4"), MEAN, STD**2),), False),
        ((("Relu",), ("Div", np.float32(255))), None),  # what follows another operation is no line of the input
        ((("Mul", np.ones((1, 3, 8, 8), "f4")),), None),
    ],
)
def test_the_range_is_told_by_the_first_operations(before: Any, levels: bool | None) -> None:
    assert told(model(*before)).levels is levels


@pytest.mark.parametrize(
    ("made", "side", "last"),
    [
        (model(), 8, False),
        (model(("Transpose",), shape=LAST), 8, True),
        (model(("Transpose",), shape=("n", None, None, 3)), None, True),
        (model(shape=("n", 3, "h", "w")), None, False),
        (model(shape=("n", 1, "h", "w")), None, False),
        (model(("Transpose",), shape=(1, 3, 3, 3)), 3, True),
    ],
)
def test_side_and_layout_are_told_by_the_input(made: Any, side: int | None, last: bool) -> None:
    found = told(made)
    assert (found.side, found.last, found.outputs, found.output) == (side, last, 3, "scores")


@pytest.mark.parametrize(
    ("kind", "dtype", "levels"),
    [(FLOAT, "float32", None), (HALF, "float16", None), (DOUBLE, "float64", None), (BYTES, "uint8", True)],
)
def test_bytes_are_grey_levels(kind: int, dtype: str, levels: bool | None) -> None:
    found = told(model(("Cast",), kind=kind))
    assert (found.dtype, found.levels) == (dtype, levels)


def value(name: str, shape: Any, kind: int = FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (model(inputs=[value("image", FIRST), value("mask", FIRST)]), "it wants 2 inputs"),
        (model(inputs=[]), "it wants 0 inputs"),
        (model(shape=("n", 784)), r"its input is \(\?, 784\)"),
        (model(shape=("n", 3, 8, 12)), "it takes 8 x 12 px"),
        (model(shape=("n", 4, 8, 8)), r"which does not say where 1 or 3 channels stand"),
        (model(shape=(1, 3, 3, 3)), r"which does not say where"),
        (model(kind=7), "its input is no array of floats or bytes"),
        (model(outputs=[value("scores", ["n", 3, 8, 8])]), r"its output is \(\?, 3, 8, 8\), no score per class"),
        (model(outputs=[value("scores", ["n", 3], 7)]), "no score per class"),
    ],
)
def test_what_is_no_classifier_of_images_says_why(made: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        told(made)


def test_the_output_called_logits_goes_before_the_others() -> None:
    outputs = [value("label", ["n"], 7), value("features", ["n", 5]), value("my_Logits", ["n", 3])]
    found = told(model(outputs=outputs))
    assert (found.output, found.outputs, found.spare) == ("my_Logits", 3, 2)
    assert told(model(outputs=outputs[:2])).output == "features"


def test_weights_that_old_files_list_among_their_inputs_are_none() -> None:
    inputs = [value("image", FIRST), value("weight", [3, 3]), value("bias", [3])]
    assert told(model(inputs=inputs)).name == "image"


class Normalising(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, levels: torch.Tensor) -> Any:
        return self.network((levels - torch.tensor(MEAN * 255)).permute(0, 3, 1, 2) / 58.0)


def exported(network: nn.Module, shape: tuple[int, ...], path: Path | None = None, **how: Any) -> bytes:
    """What torch writes."""
    file: Any = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own way that needs no further package
        torch.onnx.export(network.eval(), (torch.zeros(shape),), file, dynamo=False, **how)
    if path is not None:
        path.write_bytes(file.getvalue())
    return bytes(file.getvalue())


def test_what_torch_writes_is_read_the_same() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))
    plain = read_graph(exported(network, (1, 3, 16, 16)))
    assert plain.producer == "pytorch"
    assert plain.parameters == sum(one.numel() for one in network.parameters())
    found = input_of(plain)
    assert (found.side, found.batch, found.channels, found.last, found.levels, found.outputs) == (
        16,
        1,
        3,
        False,
        None,
        5,
    )
    inside = input_of(read_graph(exported(Normalising(network), (2, 16, 16, 3))))
    assert (inside.side, inside.batch, inside.last, inside.levels) == (16, 2, True, True)
    open_ = exported(network, (1, 3, 16, 16), input_names=["x"], dynamic_axes={"x": {0: "n", 1: "c", 2: "h", 3: "w"}})
    free = input_of(read_graph(open_))
    assert (free.side, free.batch, free.channels, free.last) == (None, None, 3, False)
