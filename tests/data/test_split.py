import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.seeding import generator
from shiftprobe.data import Bundle, load
from shiftprobe.data.split import Split, draw_budget, split, stratified_order


def pictures(numbers: list[int], per_class: int, official: list[str] | None = None, name: str = "t") -> Bundle:
    """One noise picture per number; class = number // per_class within 1,000."""
    images = tuple(np.random.default_rng(n).integers(0, 256, (6, 6, 1), dtype=np.uint8) for n in numbers)
    labels = np.array([n % 1000 // per_class for n in numbers])
    classes = tuple(f"class {i}" for i in range(labels.max() + 1))
    parts = None if official is None else np.array(official)
    return Bundle(name=name, images=images, labels=labels, classes=classes, official=parts)


STRANGERS = pictures(list(range(2000, 2020)), 10, name="s")


def contents(bundle: Bundle, indices: np.ndarray) -> list[str]:
    return [bundle.hashes[i] for i in indices]


def sizes(found: Split) -> list[int]:
    parts = (found.source_train, found.source_test, found.target_train, found.target_test)
    return [len(part) for part in parts]


def assert_lawful(source: Bundle, target: Bundle, found: Split) -> None:
    """Nothing of the source is in the target, nothing tested was trained on, nothing got lost."""
    held = set(contents(source, found.source_train)) | set(contents(source, found.source_test))
    train, test = (set(contents(target, part)) for part in (found.target_train, found.target_test))
    assert not held & (train | test)
    assert not train & test
    left_out = found.refused + found.duplicates
    assert len(found.target_train) + len(found.target_test) + left_out == len(target)
    assert not set(contents(source, found.source_train)) & set(contents(source, found.source_test))


def test_one_data_set_as_both_is_halved_class_by_class() -> None:
    mnist = load("digits:mnist", Path())
    found = split(mnist, mnist, test=0.2, seed=0)
    assert sizes(found) == [2000, 500, 2000, 500]
    assert (found.refused, found.duplicates, found.near_duplicates) == (2500, 0, 0)
    for part, each in ((found.source_train, 200), (found.target_train, 200), (found.target_test, 50)):
        assert np.bincount(mnist.labels[part]).tolist() == [each] * 10
    assert_lawful(mnist, mnist, found)


def test_different_data_is_used_whole() -> None:
    mnist, uci = load("digits:mnist", Path()), load("digits:uci", Path())
    found = split(mnist, uci, test=0.2, seed=0)
    assert sum(sizes(found)[:2]) == 5000
    assert sum(sizes(found)[2:]) == 1797
    assert found.refused == 0
    shares = np.bincount(uci.labels[found.target_test]) / np.bincount(uci.labels)
    np.testing.assert_allclose(shares, 0.2, atol=0.005)


def test_equal_seeds_give_equal_splits_and_other_seeds_others() -> None:
    uci = load("digits:uci", Path())
    one, again, other = (split(uci, uci, test=0.2, seed=s) for s in (3, 3, 4))
    for field in dataclasses.fields(Split):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(again, field.name))
    assert not np.array_equal(np.sort(one.target_test), np.sort(other.target_test))


def test_the_order_of_files_moves_nothing() -> None:
    numbers = [*range(30), *range(1000, 1030)]
    straight = pictures(numbers, 10)
    mixed = pictures([int(n) for n in np.random.default_rng(5).permutation(numbers)], 10)
    one, other = split(straight, straight, test=0.3, seed=1), split(mixed, mixed, test=0.3, seed=1)
    for part in ("source_train", "source_test", "target_train", "target_test"):
        assert contents(straight, getattr(one, part)) == contents(mixed, getattr(other, part))


def test_no_process_draws_differently() -> None:
    code = (
        "import numpy as np; from shiftprobe.data import Bundle; from shiftprobe.data.split import split\n"
        "images = tuple(np.full((2, 2, 1), i, np.uint8) for i in range(40))\n"
        "both = Bundle(name='t', images=images, labels=np.arange(40) // 20, classes=('a', 'b'))\n"
        "print(split(both, both, test=0.3, seed=0))"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": salt}, check=True, capture_output=True
        )
        for salt in ("1", "2")
    ]
    assert found[0].stdout == found[1].stdout
    assert b"target_test=array" in found[0].stdout


def test_without_a_source_the_target_is_divided_alone() -> None:
    target = pictures(list(range(20)), 10)
    found = split(None, target, test=0.3, seed=0)
    assert sizes(found) == [0, 0, 14, 6]
    with_strangers = split(STRANGERS, target, test=0.3, seed=0)
    np.testing.assert_array_equal(found.target_test, with_strangers.target_test)


def test_adding_a_class_leaves_the_others_where_they_were() -> None:
    few, more = pictures(list(range(20)), 10, name="t"), pictures(list(range(30)), 10, name="t")
    one, other = (split(STRANGERS, target, test=0.3, seed=0) for target in (few, more))
    assert set(contents(few, one.target_test)) < set(contents(more, other.target_test))


def test_a_few_shared_images_are_halved_and_the_rest_is_kept() -> None:
    source, target = pictures(list(range(40)), 20), pictures([*range(4), *range(1004, 1040)], 20)
    found = split(source, target, test=0.25, seed=0)
    assert found.refused == 2
    assert sum(sizes(found)[:2]) == 38
    assert_lawful(source, target, found)


def test_weights_from_elsewhere_have_seen_the_whole_source() -> None:
    source, target = pictures(list(range(40)), 20), pictures([*range(4), *range(1004, 1040)], 20)
    found = split(source, target, test=0.25, seed=0, pretrained=True)
    assert found.refused == 4
    assert sum(sizes(found)[:2]) == 40
    assert_lawful(source, target, found)
    with pytest.raises(DataError, match=r"that the source never saw, got none: t holds all 40; name a target"):
        split(source, source, test=0.25, seed=0, pretrained=True)


def test_official_parts_are_kept_also_when_halved() -> None:
    official = ["train", "train", "train", "test"] * 10
    both = pictures(list(range(40)), 20, official)
    found = split(both, both, test=0.9, seed=0)
    assert sizes(found) == [14, 4, 16, 6]  # the odd image of a class and part goes to the target
    assert both.official is not None
    assert set(both.official[found.target_test]) == set(both.official[found.source_test]) == {"test"}
    assert set(both.official[found.target_train]) == {"train"}
    assert_lawful(both, both, found)


def test_what_is_tested_is_taken_out_of_training() -> None:
    official = ["train"] * 12 + ["test"] * 8
    some_again = pictures([*range(12), *range(1, 5), *range(7, 11)], 6, official)
    found = split(STRANGERS, some_again, test=0.5, seed=0)
    assert found.duplicates == 8
    assert sizes(found)[2:] == [4, 8]
    all_again = pictures([*range(12), *range(6), 6, 7], 6, official)
    with pytest.raises(DataError, match="'class 0' of t"):  # none of its six is left to train on
        split(STRANGERS, all_again, test=0.5, seed=0)


def test_copies_inside_one_set_never_straddle() -> None:
    target = pictures([n for n in range(20) for _ in range(3)], 10)
    found = split(STRANGERS, target, test=0.3, seed=0)
    assert found.duplicates > 0
    assert_lawful(STRANGERS, target, found)


def test_near_copies_in_training_are_counted() -> None:
    official = ["train"] * 10 + ["test"] * 4
    plain = pictures(list(range(14)), 20, official)
    images = list(plain.images)
    for i, j in ((10, 0), (11, 0), (12, 1)):
        images[i] = images[j] ^ np.uint8(1)  # every pixel moves by one grey level
    target = dataclasses.replace(plain, images=tuple(images))
    assert split(STRANGERS, target, test=0.5, seed=0).near_duplicates == 3


def test_near_copies_in_the_source_are_counted() -> None:
    target = pictures(list(range(20)), 20)
    source = dataclasses.replace(target, images=tuple(image ^ np.uint8(1) for image in target.images), name="s")
    found = split(source, target, test=0.5, seed=0)
    assert found.refused == 0
    shared = set(found.target_test.tolist()) & set(found.source_train.tolist())
    assert found.near_duplicates == len(shared) > 0


@pytest.mark.parametrize("test", [0.0, 1.0, -0.1, 20.0, float("nan")])
def test_refuses_a_test_share_that_is_no_fraction(test: float) -> None:
    bundle = pictures(list(range(20)), 10)
    with pytest.raises(SpecError, match=r"between 0 and 1, got .*; write 0\.2"):
        split(bundle, bundle, test=test, seed=0)


def test_refuses_a_class_too_small_to_divide_and_names_it() -> None:
    with pytest.raises(
        DataError, match="class 'class 1' of t: wanted a training and a test image at least, got 1 and 0"
    ):
        split(STRANGERS, pictures([*range(10), 10], 10), test=0.2, seed=0)
    with pytest.raises(DataError, match="'class 1' of t"):  # two copies are one image
        split(STRANGERS, pictures([*range(10), 10, 10], 10), test=0.2, seed=0)
    found = split(STRANGERS, pictures([*range(10), 10, 11], 10), test=0.01, seed=0)
    assert sizes(found)[2:] == [10, 2]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(0, 2**32))
def test_every_prefix_of_an_order_is_balanced(classes: list[int], seed: int) -> None:
    labels = np.array(classes)
    order = stratified_order(labels, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(labels)))
    totals = np.bincount(labels, minlength=5)
    for n in range(len(labels) + 1):
        counts = np.bincount(labels[order[:n]], minlength=5)
        unfinished = counts[counts < totals]
        assert counts.max() - (unfinished.min() if len(unfinished) else counts.max()) <= 1


def test_budgets_are_nested_and_drawn_anew_by_each_seed() -> None:
    labels = np.repeat(np.arange(10), 30)
    small, large = (draw_budget(labels, n, generator(0, "budget")) for n in (50, 120))
    assert set(small) < set(large)
    assert np.bincount(labels[small]).tolist() == [5] * 10
    assert set(small) != set(draw_budget(labels, 50, generator(1, "budget")))
    assert len(draw_budget(labels, 300, generator(0, "budget"))) == 300


@pytest.mark.parametrize(("budget", "message"), [(31, "budget of 31 .* holds 30"), (2, "each of 3 .* budget 2")])
def test_refuses_a_budget_the_pool_cannot_give(budget: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        draw_budget(np.repeat(np.arange(3), 10), budget, generator(0))
