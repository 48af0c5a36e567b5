from dataclasses import replace
from pathlib import Path

import numpy as np

from shiftprobe import data
from shiftprobe.data.bundle import Bundle, Skipped
from shiftprobe.data.split import split
from shiftprobe.engine.facts import counts


def test_counts_are_those_of_the_split() -> None:
    bundle = data.load("digits:uci", Path())
    parts = split(bundle, bundle, test=0.4, seed=0)
    about = counts(bundle, bundle, parts)
    assert isinstance(about["source"], dict)
    assert isinstance(about["target"], dict)
    assert (about["source"]["train"], about["source"]["test"]) == (len(parts.source_train), len(parts.source_test))
    assert about["target"]["refused"] == parts.refused > 0
    assert (about["target"]["pool"], about["target"]["test"]) == (len(parts.target_train), len(parts.target_test))
    assert counts(None, bundle, parts)["source"] is None


def test_the_share_of_the_commonest_class_is_that_of_the_test_images() -> None:
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(3), (10, 20, 50))
    images = [rng.integers(0, 256, (8, 8, 1), np.uint8) for _ in labels]
    bundle = Bundle(name="uneven", images=images, labels=labels, classes=("a", "b", "c"))
    parts = split(None, bundle, test=0.4, seed=0)  # 4, 8 and 20 of 32 test images
    told = counts(None, bundle, parts)["target"]
    assert isinstance(told, dict)
    assert told["majority"] == 20 / 32


def test_what_was_set_aside_is_told_where_there_is_any() -> None:
    bundle = data.load("digits:uci", Path())
    parts = split(bundle, bundle, test=0.4, seed=0)
    aside = tuple(Skipped(f"{i}.json", "no picture") for i in range(30))
    told = counts(bundle, replace(bundle, set_aside=aside), parts)
    assert isinstance(told["target"], dict)
    assert isinstance(told["source"], dict)
    assert (told["target"]["skipped"], told["target"]["set_aside"]) == (0, 30)
    assert told["target"]["set_aside_examples"][:2] == ["0.json: no picture", "1.json: no picture"]
    assert len(told["target"]["set_aside_examples"]) == 20
    assert "set_aside" not in told["source"]
