"""A training's settings may be objects of any class: weights are read, and nothing of them is imported or run."""

import argparse
import collections
import datetime as dt
import enum
import functools
import pathlib
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.hostile import opcodes as op
from tests.hostile.lightning import trained
from torch import nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.models.formats.checkpoint import Loaded, load_checkpoint
from shiftprobe.models.formats.foreign import RefusedNameError, attributes, judged, maker, put

STATE = {"conv.weight": torch.arange(18.0).reshape(2, 1, 3, 3), "fc.weight": torch.ones(3, 2)}
MODULE = "configs_of_theirs"


class Colour(enum.Enum):
    RED = 1


class Settings:
    """Pickled under the name of a module that is gone when the file is read."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Table(dict[str, Any]):
    """A dict of its own class, as Lightning and omegaconf keep settings in."""


class Row(list[Any]):
    """The same of a list."""


class Picture(torch.Tensor):
    """A tensor of a class of its own."""


@pytest.fixture(autouse=True)
def _theirs() -> Iterator[None]:
    """Classes that stand in a module of another program while a file is written."""
    theirs = types.ModuleType(MODULE)
    for kind in (Settings, Table, Row, Colour, Picture):
        kind.__module__ = MODULE
        setattr(theirs, kind.__name__, kind)
    sys.modules[MODULE] = theirs
    yield
    sys.modules.pop(MODULE, None)


def read(tmp_path: Path, content: object, *, new: bool = True) -> Loaded:
    """What the loader makes of it in a process that lacks the module."""
    path = tmp_path / "last.ckpt"
    torch.save(content, path, _use_new_zipfile_serialization=new)
    del sys.modules[MODULE]
    found = load_checkpoint(path)
    assert MODULE not in sys.modules
    return found


SETTINGS: dict[str, Any] = {
    "an object": lambda: Settings(lr=0.1, model=Settings(depth=18)),
    "a dict of a class": lambda: Table(lr=0.1, more=Table(depth=[1, 2])),
    "a list of a class": lambda: Row([1, Row([2]), "a"]),
    "an enumeration": lambda: {Colour.RED: Colour.RED, "colour": Colour.RED},
    "classes": lambda: {"model": nn.Conv2d, nn.Linear: [dict, typing.Any], "mine": Settings},
    "what omegaconf notes of a value": lambda: Settings(ref_type=typing.Any, object_type=dict, key_type=int),
    "a loss with weights": lambda: nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0])),
    "a whole network": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)),
    "part of a call": lambda: functools.partial(torch.optim.AdamW, lr=1e-3),
    "flags": lambda: argparse.Namespace(lr=1e-3, data=pathlib.PurePosixPath("data"), betas=(0.9, 0.99)),
    "a clock": lambda: [dt.datetime(2025, 1, 2, tzinfo=dt.UTC), dt.timedelta(3)],
    "dicts of Python's own": lambda: [collections.defaultdict(list, a=[1]), collections.deque([1, 2]), frozenset({1})],
    "numbers of numpy": lambda: {"acc": np.float64(0.9), "table": np.arange(3), "kind": np.dtype("f4")},
    "a tensor of a class": lambda: torch.ones(3).as_subclass(Picture),
    "sets of objects": lambda: {pathlib.PurePosixPath("a"), Colour.RED, 3},
    "one object twice": lambda: [made := Settings(lr=1), made, {"again": made}],
}


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("what", SETTINGS)
def test_settings_of_any_class_are_cut_out_and_the_weights_are_those_that_were_saved(
    tmp_path: Path, what: str, new: bool
) -> None:
    state = {f"model.{name}": value for name, value in STATE.items()}
    found = read(tmp_path, {"callbacks": {"last": SETTINGS[what]()}, **trained(state, SETTINGS[what]())}, new=new)
    assert found.state.keys() == STATE.keys()
    assert all(torch.equal(found.state[name], value) for name, value in STATE.items())
    assert "were cut out, and nothing of them was imported or run" in found.notes[0]


def test_what_holds_nothing_foreign_is_read_as_it_stands(tmp_path: Path) -> None:
    found = read(tmp_path, trained(STATE, {"lr": 0.1, "seen": {1}, "names": ["a"]}))
    assert not any("cut out" in note for note in found.notes)


def test_class_names_among_flags_are_still_read(tmp_path: Path) -> None:
    flags = argparse.Namespace(class_names=["a", "b", "c"])
    assert read(tmp_path, {"model": STATE, "args": flags}).classes == ("a", "b", "c")


def test_what_a_loss_or_a_metric_holds_is_no_part_of_the_names_that_share_a_prefix(tmp_path: Path) -> None:
    beside = {"criterion.weight": torch.ones(3), "val_metric.tp": torch.zeros(3), "train_acc.total": torch.tensor(3)}
    found = read(tmp_path, trained({**{f"net.{name}": value for name, value in STATE.items()}, **beside}, {}))
    assert found.state.keys() == {*STATE, *beside}
    assert "`net.`, with which all 2 names began, was taken off" in found.notes


@pytest.mark.parametrize(
    "weights",
    [lambda: nn.Linear(2, 2), lambda: {"model": nn.Linear(2, 2), "epoch": 3}, lambda: {"net": nn.Linear(2, 2)}],
)
def test_an_object_in_the_place_of_weights_is_refused_by_its_class(tmp_path: Path, weights: Any) -> None:
    with pytest.raises(CheckpointError, match=r"a whole model \(torch.nn.modules.linear.Linear\) and no weights"):
        read(tmp_path, weights())


def test_an_object_in_the_place_of_one_weight_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=rf"fc.bias: wanted a dense tensor .*, got what {MODULE}.Settings makes"):
        read(tmp_path, {**STATE, "fc.bias": Settings()})


def test_a_name_of_python_that_holds_no_data_is_refused_wherever_it_stands(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="it asks for getattr, which is refused"):
        read(tmp_path, trained(STATE, {"method": "".join}))


def test_torch_judges_every_name_that_it_takes() -> None:
    """A name of torch's own that we cut out would cost weights."""
    from torch import _weights_only_unpickler as reader

    allowed = [name.rpartition(".") for name in reader._get_allowed_globals()]
    assert [name for module, _, name in allowed if not judged(module, name)] == []


@pytest.mark.parametrize(
    "module", ["os", "posix", "nt", "sys", "subprocess", "socket", "ctypes", "importlib", "shutil"]
)
def test_modules_that_act_are_refused(module: str) -> None:
    with pytest.raises(RefusedNameError):
        judged(module, "anything")


@pytest.mark.parametrize("module", ["builtins", "__builtin__"])
@pytest.mark.parametrize("name", ["eval", "exec", "getattr", "open", "__import__", "map", "compile", "input", "print"])
def test_functions_of_builtins_are_refused(module: str, name: str) -> None:
    with pytest.raises(RefusedNameError, match=name):
        judged(module, name)


def test_what_was_cut_out_tells_its_maker_and_what_it_kept() -> None:
    named = put("a.B")[5:].decode()
    assert maker(((named, ()), {"lr": 1})) == "a.B"
    assert maker((named, ("x",))) == maker((len, (named, ()))) == "a.B"
    assert attributes(((named, ()), {"lr": 1, 2: 3})) == {"lr": 1}
    assert maker("foreigner") is maker(("a", {"b": 1})) is maker(3) is None
    assert attributes({"lr": 1}) == attributes((named, ())) == attributes(("a", {"b": 1})) == {}


def test_after_the_cut_no_foreign_name_is_left_for_torch(tmp_path: Path) -> None:
    from torch.serialization import get_unsafe_globals_in_checkpoint

    from shiftprobe.models.formats.pickled import without_foreign

    path = tmp_path / "w.ckpt"
    torch.save(trained(STATE, [make() for make in SETTINGS.values()]), path)
    assert len(get_unsafe_globals_in_checkpoint(path)) > 20
    path.write_bytes(without_foreign(path, path.read_bytes()).content)
    assert get_unsafe_globals_in_checkpoint(path) == []


def test_a_settings_bomb_is_refused_in_time(tmp_path: Path) -> None:
    """Objects within objects, shared again and again, are followed once each."""
    pair = op.call(op.name("their", "Pair"), op.text("x"))
    made = pair + b"".join(b"q" + bytes([i]) + b"h" + bytes([i]) + b"\x86" for i in range(60))
    weight = op.table(w=op.tensor(op.storage("0", 2), (2,), (1,)))
    path = op.zipped(tmp_path / "w.pt", op.table(state_dict=weight, hyper_parameters=made), {"0": op.floats(2)})
    assert load_checkpoint(path).state["w"].tolist() == [0.0, 1.0]
    hashed = op.call(op.name("builtins", "set"), op.LIST + made + b"a")
    path = op.zipped(tmp_path / "w.pt", op.table(state_dict=weight, hyper_parameters=hashed), {"0": op.floats(2)})
    with pytest.raises(CheckpointError, match="unfold without end"):
        load_checkpoint(path)
