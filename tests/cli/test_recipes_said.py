"""What a run says of its recipes before it begins."""

from types import SimpleNamespace
from typing import Any

import pytest

from shiftprobe.cli.terminal import runs
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.recipes import Situation, resolve


def told(arms: tuple[str, ...], *, easy: bool, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    spec = load_spec({"source": {"data": "digits:mnist"}, "target": {"data": "digits:uci"}})

    def recipe(arm: str, images: int) -> object:
        pretrained = arm.rpartition("@")[2] == "transfer"
        case = Situation(family="convolutional", easy=easy, pretrained=pretrained, images=images)
        return resolve(spec.train, arm, case)

    setup: Any = SimpleNamespace(spec=spec, arms=dict.fromkeys(arms, "arms"), recipe=recipe)
    said: list[str] = []
    monkeypatch.setattr(runs, "tell", said.append)
    runs._tell_recipes(setup)
    return said


def test_the_recipe_for_digits_needs_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(("scratch", "transfer"), easy=True, monkeypatch=monkeypatch) == []


def test_recipes_and_the_arms_that_tell_them_from_weights_are_said_aloud(monkeypatch: pytest.MonkeyPatch) -> None:
    arms = ("scratch", "transfer", "transfer@scratch", "scratch@transfer")
    (said,) = told(arms, easy=False, monkeypatch=monkeypatch)
    assert said == (
        "run: scratch is trained by the recipe scratch and transfer is trained by the recipe finetune; to tell weights "
        "from recipes also transfer@scratch and scratch@transfer (--set compare.crossed=false: without)"
    )
