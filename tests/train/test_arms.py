"""Promises of every registered arm, and what each of the three of the story does with its weights."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import shiftprobe
from shiftprobe.core import seeding
from shiftprobe.models.build import build
from shiftprobe.models.formats.checkpoint import state_digest
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.train.arms import ARMS, Case, Start, State
from shiftprobe.train.arms.base import Context

ANYTHING = Case(columns=(3, 0, 2), keep_head=False, batch_norm=True)


def weights(classes: int, seed: int) -> State:
    return build("small_cnn", classes=classes, channels=1, size=8, seed=seed).state_dict()


@pytest.fixture(scope="module")
def start() -> Start:
    """A checkpoint of five classes meets a target of three, in another order."""
    return Start(
        fresh=weights(3, 1),
        source=weights(5, 2),
        head="head",
        source_head="head",
        keep_head=False,
        columns=(3, 0, 2),
        seed=1,
    )


def body(state: State) -> dict[str, torch.Tensor]:
    return {name: value for name, value in state.items() if not name.startswith("head.")}


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_says_what_it_is(name: str) -> None:
    arm = ARMS[name]
    assert arm.name == name
    assert arm.about
    assert "\n" not in arm.about
    assert arm.scope in {"checkpoint", "arms"}


@pytest.mark.parametrize("name", ARMS)
def test_what_learns_depends_on_a_seed_and_what_does_not_learns_nothing(name: str) -> None:
    arm = ARMS[name]
    assert set(arm.learns) <= {"all", "head"}
    assert bool(arm.learns) == (arm.scope == "arms")


def test_what_each_arm_learns_and_whether_it_goes_on_after_training() -> None:
    told = {name: (ARMS[name].learns, ARMS[name].after is not None) for name in ARMS}
    assert told == {
        "bn_adapt": ((), True),
        "frozen_random": (("head",), False),
        "linear_probe": (("head",), False),
        "lp_ft": (("head", "all"), False),
        "mean_var": (("all",), False),
        "scratch": (("all",), False),
        "transfer": (("all",), False),
        "zero_shot": ((), False),
    }


def test_one_text_stands_for_an_arm_in_the_list_and_on_the_page() -> None:
    assert {name: ARMS[name].about for name in ARMS} == {
        "transfer": "the checkpoint's weights, every weight fine-tuned on the target",
        "scratch": "random weights, every weight trained on the target",
        "zero_shot": "the checkpoint as it is, nothing trained",
        "linear_probe": "the checkpoint's features frozen, a new head trained",
        "frozen_random": "random features frozen, a head trained: the control of linear_probe",
        "lp_ft": "a new head on frozen features for half of the epochs, then every weight trained",
        "mean_var": "random weights with the checkpoint's mean and variance per layer, every weight trained",
        "bn_adapt": "the checkpoint with batch statistics re-estimated on unlabelled target images",
    }


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_begins_with_every_weight_of_the_targets_model(name: str, start: Start) -> None:
    model = build("small_cnn", classes=3, channels=1, size=8, seed=0)
    begun = ARMS[name].begin(start)
    assert {key: value.shape for key, value in begun.items()} == {k: v.shape for k, v in start.fresh.items()}
    model.load_state_dict(dict(begun), strict=True)
    assert all(torch.isfinite(value).all() for value in model.state_dict().values())


@pytest.mark.parametrize("name", ARMS)
def test_beginning_changes_nothing_and_gives_the_same_again(name: str, start: Start) -> None:
    before = [state_digest(state) for state in (start.fresh, start.source)]
    stream = torch.random.get_rng_state()
    first = state_digest(ARMS[name].begin(start))
    assert state_digest(ARMS[name].begin(start)) == first
    assert [state_digest(state) for state in (start.fresh, start.source)] == before
    assert torch.equal(torch.random.get_rng_state(), stream)


@pytest.mark.parametrize("name", ARMS)
def test_an_arm_applies_where_all_is_given_and_says_in_a_line_where_not(name: str) -> None:
    assert ARMS[name].unavailable(ANYTHING) == ""
    poor = Case(columns=None, keep_head=True, batch_norm=False)
    assert "\n" not in ARMS[name].unavailable(poor)


@pytest.mark.parametrize("name", ARMS)
def test_a_trained_arm_begins_under_scratchs_own_head(name: str, start: Start) -> None:
    begun = ARMS[name].begin(start)
    fresh = ARMS[name].scope == "arms"
    assert torch.equal(begun["head.weight"], start.fresh["head.weight"]) == fresh


def test_scratch_is_the_random_draw(start: Start) -> None:
    assert state_digest(ARMS["scratch"].begin(start)) == state_digest(start.fresh)


def test_transfer_keeps_the_body_and_takes_scratchs_head(start: Start) -> None:
    begun = ARMS["transfer"].begin(start)
    assert state_digest(body(begun)) == state_digest(body(start.source))
    for part in ("head.weight", "head.bias"):
        torch.testing.assert_close(begun[part], start.fresh[part], rtol=0, atol=0)


@pytest.mark.parametrize("name", ["transfer", "zero_shot"])
def test_the_sources_head_answers_in_the_targets_class_order(name: str, start: Start) -> None:
    begun = ARMS[name].begin(replace(start, keep_head=True))
    assert state_digest(body(begun)) == state_digest(body(start.source))
    for part in ("head.weight", "head.bias"):
        torch.testing.assert_close(begun[part], start.source[part][[3, 0, 2]], rtol=0, atol=0)


def test_permuted_rows_permute_the_logits(start: Start) -> None:
    source = build("small_cnn", classes=5, channels=1, size=8, seed=2).eval()
    target = build("small_cnn", classes=3, channels=1, size=8, seed=0)
    target.load_state_dict(dict(ARMS["zero_shot"].begin(start)))
    images = torch.linspace(-1, 1, 2 * 64).reshape(2, 1, 8, 8)
    with torch.inference_mode():
        torch.testing.assert_close(target.eval()(images), source(images)[:, [3, 0, 2]])


def test_without_class_names_the_sources_head_is_refused(start: Start) -> None:
    unknown = replace(ANYTHING, columns=None)
    assert "does not know every class" in ARMS["zero_shot"].unavailable(unknown)
    assert ARMS["transfer"].unavailable(unknown) == ""
    assert "does not know every class" in ARMS["transfer"].unavailable(replace(unknown, keep_head=True))
    with pytest.raises(ValueError, match="does not know every class"):
        ARMS["zero_shot"].begin(replace(start, columns=None))


MINE = """
from dataclasses import dataclass
from shiftprobe.{package}.base import {registry}

@dataclass(frozen=True)
class Mine:
    name: str = "mine"

{registry}.add(Mine())
"""


@pytest.mark.parametrize(
    ("package", "registry"), [("train.arms", "ARMS"), ("probes", "PROBES"), ("engine.executors", "EXECUTORS")]
)
def test_a_new_file_is_found_by_being_there(package: str, registry: str, tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    copy = Path(shutil.copytree(Path(shiftprobe.__file__).parent, tmp_path / "shiftprobe", ignore=ignored))
    mine = copy.joinpath(*package.split("."), "mine.py")
    mine.write_text(MINE.format(package=package, registry=registry))
    code = f"from shiftprobe.{package} import {registry}; print('mine' in {registry})"
    there = {**os.environ, "PYTHONPATH": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=there)
    assert told.stdout == "True\n"


def test_random_weights_have_the_mean_and_population_variance_of_the_checkpoints_layers(start: Start) -> None:
    begun = ARMS["mean_var"].begin(start)
    known = [name for name in body(start.source) if name.endswith(("weight", "bias"))]
    assert len(known) > 3
    for name in known:
        of = start.source[name].double().numpy()
        generator = torch.Generator().manual_seed(seeding.integer(start.seed, "mean_var", name))
        draws = torch.randn(of.shape, generator=generator).numpy()
        np.testing.assert_allclose(begun[name].numpy(), of.mean() + of.std(ddof=0) * draws, rtol=1e-4, atol=1e-5)


def test_bn_adapt_ends_with_the_batch_statistics_of_the_targets_images(start: Start) -> None:
    norm = nn.BatchNorm2d(1)
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1)).astype(np.uint8)
    after = ARMS["bn_adapt"].after
    assert after is not None
    after(
        nn.Sequential(norm, nn.Flatten()),
        Context(start=start, images=images, preprocess=Preprocess(8, 1, (0.0,), (1.0,)), device="cpu"),
    )
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert float(norm.running_mean) == pytest.approx(images.mean() / 255, rel=1e-5)
    assert float(norm.running_var) == pytest.approx((images / 255).var(ddof=1), rel=1e-4)
