"""The promises of an arm."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, NamedTuple

from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.core.types import Cell
from shiftprobe.testing.broken import VALID_NAME, ContractError, require

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup
    from shiftprobe.train.arms import Arm, Context, Start, State

BUDGET = 40
SPEC = {
    "name": "toy",
    "source": {"data": "digits:uci", "epochs": 3},
    "target": {"data": "digits:uci", "budgets": [BUDGET]},
    "shifts": ["rotation"],
    "severities": [0.5],
    "arms": ["scratch"],
    "probes": ["accuracy"],
}
TRAINED, UNTRAINED = Cell("rotation", 0.5, BUDGET, 0), Cell("rotation", 0.5)


class _Weights(NamedTuple):
    digest: str
    pairing: object


def check_arm(arm: "Arm") -> None:
    """Hold an arm to its promises: train it on 40 real digits, a few seconds, an epoch for each of its phases.

    It applies to a small convolutional network whose checkpoint knows every class. Its beginning is the same when
    asked again, fits the network, and changes neither the weights it begins from nor torch's stream of random numbers.
    It meets the images that `scratch` meets, in the same order, under the same drawn head, stays in evaluation mode
    and ends with weights that no other registered arm ends with.

    Raises:
        ContractError: when a promise is broken; the message says which.
    """
    from shiftprobe.engine.executors.threads import limited

    _require(VALID_NAME.fullmatch(arm.name), arm, "the name must be lower case letters, digits and _")
    _require(arm.about and "\n" not in arm.about, arm, "what it is about is one line")
    _check_cases(arm)
    with limited(1):
        setup, source = _toy()
        _check_beginning(arm, setup, source)
        epochs = max(2, len(arm.learns))  # lp_ft would have no time for its second phase in one
        mine = _weights(arm, epochs)
        if arm.learns:
            scratch = _registered(epochs)["scratch"]
            same = mine.pairing == scratch.pairing
            _require(same, arm, "images, their order and the drawn head must be those of every arm of a seed")
        for name, other in _registered(epochs).items():
            alike = name != arm.name and other.digest == mine.digest
            _require(not alike, arm, f"its weights after training are those of {name!r}: it is the same arm")


def _require(kept: object, arm: "Arm", promise: str) -> None:
    require(kept, f"arm {arm.name!r}", promise)


def _check_cases(arm: "Arm") -> None:
    from shiftprobe.train.arms import Case

    why = arm.unavailable(Case(columns=tuple(range(10)), keep_head=False, batch_norm=True))
    _require(not why, arm, f"it must apply where classes are known and the network has batch norm, got {why!r}")
    poor = arm.unavailable(Case(columns=None, keep_head=True, batch_norm=False))
    _require("\n" not in poor, arm, "why it cannot apply is one line")


def _check_beginning(arm: "Arm", setup: "Setup", source: "nn.Module") -> None:
    import torch

    from shiftprobe.engine import networks
    from shiftprobe.models.formats.checkpoint import state_digest

    model = networks.fresh(setup, len(setup.classes), 1)
    start = networks.start(setup, model, source, 1)
    before, stream = [_print(start), state_digest(model.state_dict())], torch.random.get_rng_state()
    begun = _begun(arm, start)
    kept = [_print(start), state_digest(model.state_dict())] == before
    _require(kept, arm, "the weights that it begins from must not change, and do")
    again = state_digest(begun) == state_digest(_begun(arm, start))
    _require(again, arm, "the same start must give the same beginning; take draws from `start.seed`")
    still = torch.equal(torch.random.get_rng_state(), stream)
    _require(still, arm, "torch's own stream of random numbers must not move; use a generator of `start.seed`")
    shapes = {key: (value.shape, value.dtype) for key, value in start.fresh.items()}
    fits = {key: (value.shape, value.dtype) for key, value in begun.items()} == shapes
    _require(fits, arm, "it must begin with every parameter and buffer of the target's model, in its shape and type")
    finite = all(bool(torch.isfinite(value).all()) for value in begun.values())
    _require(finite, arm, "it must begin with finite weights")


def _begun(arm: "Arm", start: "Start") -> "State":
    try:
        return dict(arm.begin(start))
    except Exception as error:
        raise ContractError(f"arm {arm.name!r}: it cannot begin: {type(error).__name__}: {error}") from error


def _print(start: "Start") -> tuple[str, str]:
    from shiftprobe.models.formats.checkpoint import state_digest

    return state_digest(start.fresh), state_digest(start.source)


def _weights(arm: "Arm", epochs: int) -> _Weights:
    """What it ends with, and what it shares with the others."""
    import torch

    from shiftprobe.engine.cell import trained
    from shiftprobe.engine.recipes import SOURCE
    from shiftprobe.models.formats.checkpoint import state_digest

    setup, source = _toy(epochs)
    cell = TRAINED if arm.learns else UNTRAINED
    recipe = setup.recipe(SOURCE, len(setup.parts(cell)[0]))  # the arm itself may be registered nowhere
    stream, before = torch.random.get_rng_state(), state_digest(source.state_dict())
    try:
        made, about = trained(setup, cell, _watched(arm), source, recipe)
    except ShiftprobeError as error:
        raise ContractError(f"arm {arm.name!r}: it cannot be trained: {error}") from error
    if made.model is None:
        raise ContractError(f"arm {arm.name!r}: it must train, and {made.failed}")
    kept = state_digest(source.state_dict()) == before
    _require(kept, arm, "the checkpoint must not change, and does")
    still = torch.equal(torch.random.get_rng_state(), stream)
    _require(still, arm, "torch's own stream of random numbers must not move")
    return _Weights(state_digest(made.model.state_dict()), about["pairing"])


def _watched(arm: "Arm") -> "Arm":
    """The same arm, seen at what it does after training."""
    after = arm.after
    if after is None:
        return arm

    def watch(model: "nn.Module", context: "Context") -> None:
        before = _print(context.start)
        after(model, context)
        modes = {part.training for part in model.modules()}
        _require(modes == {False}, arm, "after training the network must stay in evaluation mode")
        _require(_print(context.start) == before, arm, "the weights that it begins from must not change, and do")

    return replace(arm, after=watch)


@functools.cache
def _registered(epochs: int) -> "Mapping[str, _Weights]":
    from shiftprobe.train.arms import ARMS

    return {name: _weights(ARMS[name], epochs) for name in ARMS}


@functools.cache
def _toy(epochs: int = 2) -> "tuple[Setup, nn.Module]":
    """A run folder that leaves with the process, with shifted images and a source model."""
    from shiftprobe.core.monitor import Silent
    from shiftprobe.engine import networks
    from shiftprobe.engine.perform import write_sets
    from shiftprobe.engine.plan import Given, plan
    from shiftprobe.engine.source_model import make_source
    from shiftprobe.spec.loading import load_spec

    spec = load_spec(SPEC, {"train.epochs": epochs, "train.device": "cpu"})
    ready = plan(spec, Given(out=_folder()))
    write_sets(ready, ready.cells, Silent())
    make_source(ready.setup)
    return ready.setup, networks.source(ready.setup)


def _folder() -> Path:
    import atexit
    import shutil

    folder = Path(mkdtemp(prefix="shiftprobe-toy-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
