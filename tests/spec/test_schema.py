from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shiftprobe.core.digest import canonical, digest
from shiftprobe.core.types import Cell
from shiftprobe.spec.model import Preprocessing
from shiftprobe.spec.schema import (
    Diagnosing,
    Spec,
    Toward,
    arm_cells,
    checkpoint_cells,
)
from shiftprobe.spec.tuning import Tune

LEAST: dict[str, Any] = {"target": {"data": "digits:uci"}}
PREPROCESS = {"size": 8, "channels": 1, "mean": [0.1], "std": [0.2]}

AXES: dict[str, Any] = {
    "name": "other",
    "source.trained": ("all",),
    "target.budgets": (7,),
    "arms": ("scratch",),
    "shifts": ("rotation",),
    "severities": (0.125,),
    "seeds": (5, 9),
    "probes": ("accuracy",),
    "taps": "all",
    "compare.margin": 0.02,
    "compare.pairs": (("transfer", "zero_shot"),),
    "compare.crossed": False,
    "compare.metric": "macro_f1",
    "keep": "none",
    "plugins": ("mine.py",),
    "report.thumbnails": 10,
    "why": Diagnosing(trainings=3),
}
IDENTITY: dict[str, Any] = {
    "source.data": "digits:mnist",
    "source.classes": ("a", "b"),
    "source.images": 500,
    "source.epochs": 9,
    "target.data": "digits:mnist",
    "target.test": 0.5,
    "target.draw": "shares",
    "model.arch": "torchvision:resnet18",
    "model.weights": "model.pt",
    "model.checkpoints": ("a.pt", "b.pt"),
    "model.part": "ema",
    "model.head_file": "head.pt",
    "model.rename": {"out": "fc"},
    "model.head": "source",
    "model.preprocess": Preprocessing.model_validate(PREPROCESS),
    "severity_scale": "distance",
    "toward": Toward(data="digits:uci"),
    "data_seed": 1,
    "train.epochs": 3,
    "train.batch": 32,
    "train.lr": 0.01,
    "train.validation": 0.5,
    "train.tune": Tune.model_validate({"lr": (0.1, 0.2)}),
    "train.precision": "bf16",
    "train.recipe": "bit",
    "train.opt": "sgd",
    "train.weight_decay": 0.05,
    "train.sched": "cosine",
    "train.warmup": 7,
    "train.steps": 70,
    "train.min_steps": 700,
    "train.aug": "trivial",
    "train.scale": 0.5,
    "train.flip": True,
    "train.mixup": 0.2,
    "train.cutmix": 1.0,
    "train.smoothing": 0.1,
    "train.layer_decay": 0.75,
    "train.ema": 0.99,
    "native": True,
    "looks": "bf16",
    "model.reader": "opencv",
    "no_label": "unknown",
    "train.clip_grad": 1.0,
    "train.freeze_bn": True,
    "train.balance": "weights",
    "train.threads": 2,
    "train.device": "cpu",
}


def leaves(part: type[BaseModel], above: str = "") -> Iterator[str]:
    """Dotted names of every key that holds a value."""
    for name, field in part.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from leaves(field.annotation, f"{above}{name}.")
        elif not field.exclude:
            yield above + name


def changed(spec: Spec, key: str, value: Any) -> Spec:
    """The spec with one key set, checked or not: a key of one legal value must count too."""
    first, _, last = key.partition(".")
    inner = getattr(spec, first).model_copy(update={last: value}) if last else value
    return spec.model_copy(update={first: inner})


def test_every_key_is_either_an_axis_or_part_of_the_identity() -> None:
    assert {*AXES, *IDENTITY} == set(leaves(Spec))
    assert not set(AXES) & set(IDENTITY)


@pytest.mark.parametrize("key", AXES)
def test_an_axis_extends_the_same_run(key: str) -> None:
    spec = Spec.model_validate(LEAST)
    other = changed(spec, key, AXES[key])
    assert other.resolved() != spec.resolved()
    assert digest(other.identity()) == digest(spec.identity())


@pytest.mark.parametrize("key", IDENTITY)
def test_anything_else_is_another_run(key: str) -> None:
    spec = Spec.model_validate(LEAST)
    assert digest(changed(spec, key, IDENTITY[key]).identity()) != digest(spec.identity())


fractions = st.floats(0, 1, exclude_min=True, exclude_max=True, allow_nan=False, allow_subnormal=False)
keys = st.fixed_dictionaries(
    {
        "target": st.fixed_dictionaries(
            {"data": st.text(max_size=10)},
            optional={"budgets": st.lists(st.integers(1, 10**6), min_size=1, max_size=4, unique=True)},
        )
    },
    optional={
        "severities": st.lists(st.floats(0, 1), max_size=5, unique=True),
        "seeds": st.integers(1, 9) | st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=3, unique=True),
        "compare": st.fixed_dictionaries({"margin": fractions}),
        "train": st.fixed_dictionaries({"epochs": st.integers(1, 99), "lr": fractions}),
    },
)


@given(keys)
def test_what_is_written_reads_back_as_the_same_experiment(given_keys: dict[str, Any]) -> None:
    spec = Spec.model_validate(given_keys)
    again = Spec.model_validate_json(canonical(spec.resolved()))
    assert again == spec
    assert digest(again.resolved()) == digest(spec.resolved())
    assert (checkpoint_cells(again), arm_cells(again)) == (checkpoint_cells(spec), arm_cells(spec))


def test_the_order_of_keys_does_not_move_the_digest() -> None:
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


def test_what_has_no_spelling_has_no_digest() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))


def test_a_count_of_seeds_stands_for_the_first_so_many() -> None:
    assert Spec.model_validate({**LEAST, "seeds": 3}).seeds == (0, 1, 2)
    assert Spec.model_validate({**LEAST, "seeds": [4, 2]}).seeds == (4, 2)


REFUSED: dict[str, tuple[str, Any]] = {
    "severity above 1": ("severities", [1.01]),
    "negative severity": ("severities", [-0.1]),
    "severity NaN": ("severities", [float("nan")]),
    "a dose twice": ("severities", [0.5, 0.5]),
    "a shift twice": ("shifts", ["blur", "blur"]),
    "no arm": ("arms", []),
    "no seed": ("seeds", 0),
    "negative seed": ("seeds", [-1]),
    "a seed beyond 31 bits": ("seeds", [2**31]),
    "more seeds than anybody runs": ("seeds", 10**9),
    "a truth value for a count": ("seeds", True),
    "no budget": ("target", {"data": "x", "budgets": []}),
    "budget 0": ("target", {"data": "x", "budgets": [0]}),
    "nothing left to train on": ("target", {"data": "x", "test": 1.0}),
    "infinite rate": ("train", {"lr": float("inf")}),
    "rate 0": ("train", {"lr": 0}),
    "batch of one, which batch norm cannot meet": ("train", {"batch": 1}),
    "margin 0": ("compare", {"margin": 0}),
    "margin NaN": ("compare", {"margin": float("nan")}),
    "mean NaN": ("model", {"preprocess": {**PREPROCESS, "mean": [float("nan")]}}),
    "std 0": ("model", {"preprocess": {**PREPROCESS, "std": [0.0]}}),
    "two channels": ("model", {"preprocess": {**PREPROCESS, "channels": 2}}),
    "no checkpoint": ("model", {"checkpoints": []}),
    "one checkpoint in a list": ("model", {"checkpoints": ["a.pt"]}),
    "a checkpoint twice": ("model", {"checkpoints": ["a.pt", "b.pt", "a.pt"]}),
    "more checkpoints than a page holds": ("model", {"checkpoints": [f"{i}.pt" for i in range(13)]}),
    "one checkpoint and several": ("model", {"weights": "a.pt", "checkpoints": ["b.pt", "c.pt"]}),
    "a checkpoint that is none": ("model", {"checkpoints": ["a.pt", "train"]}),
    "text for a list of checkpoints": ("model", {"checkpoints": "ab"}),
    "a path for a name": ("name", "../elsewhere"),
    "unknown key": ("severity", [0.5]),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_refuses(fault: str) -> None:
    key, value = REFUSED[fault]
    with pytest.raises(ValidationError):
        Spec.model_validate({**LEAST, key: value})


def test_cells_hold_the_unshifted_target_once_and_every_dose() -> None:
    spec = Spec.model_validate(
        {"target": {"data": "x", "budgets": [9, 4]}, "shifts": ["b", "a"], "severities": [1, 0, 0.5], "seeds": 2}
    )
    looks = checkpoint_cells(spec)
    assert looks == (Cell("identity", 0.0), Cell("b", 0.5), Cell("b", 1.0), Cell("a", 0.5), Cell("a", 1.0))
    trained = arm_cells(spec)
    assert len(trained) == len({cell.key for cell in trained}) == 5 * 2 * 2
    assert trained[:4] == tuple(Cell("identity", 0.0, budget, seed) for budget in (4, 9) for seed in (0, 1))


def test_a_key_never_rounds() -> None:
    near = (0.1, 0.1 + 2**-55, 0.30000000000000004, 0.3)
    assert len({Cell("blur", dose, 10, 0).key for dose in near}) == 4
    assert Cell("blur", 0.25, 10, 3).key == "blur~0.25~b10~s3"


def test_cells_sort_with_the_checkpoint_first() -> None:
    cells = [Cell("b", 0.5, 10, 1), Cell("b", 0.5, 10, 0), Cell("b", 0.5), Cell("a", 1.0, 5, 2)]
    assert sorted(cells, key=lambda cell: cell.order) == [cells[3], cells[2], cells[1], cells[0]]
