"""Labels tell doubles apart where they prove one better; else every double is named."""

import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.core.errors import SpecError
from shiftprobe.models.guess import KEYS
from shiftprobe.models.telling import tell_apart, untold

N = 100


def right(share: int) -> NDArray[np.bool_]:
    return np.arange(N) < share


def test_the_one_that_is_proven_better_is_taken_and_said() -> None:
    trial = tell_apart("a", ["b", "c"], {"a": right(30), "b": right(60), "c": right(90)}.__getitem__)
    assert (trial.better, trial.images) == ("c", N)
    taken, said = trial.told(given=False), trial.told(given=True, cures=KEYS)
    whole = "c has the names and shapes of a too and is right on 90.0 % of 100 labelled images, that on 30.0 %: "
    assert (taken, said) == (f"{whole}it was taken", f"{whole}--set model.arch=c says it")


def test_what_is_not_proven_is_not_taken_but_named() -> None:
    trial = tell_apart("a", ["b", "c"], {"a": right(50), "b": right(54), "c": right(10)}.__getitem__)
    assert trial.better is None
    assert trial.told(given=False) == (
        "no weight tells a from b or c; none is shown to be better (of 100 labelled images a is right on 50.0 %, b is "
        "right on 54.0 %, c is right on 10.0 %); --arch NAME says another"
    )


def test_many_that_are_tried_need_more_proof() -> None:
    six_won = {"a": right(50), "b": right(56)}
    assert tell_apart("a", ["b"], six_won.__getitem__).better == "b"  # p = 2 / 64
    others = {name: right(50) for name in "cdef"}
    assert tell_apart("a", ["b", *others], (six_won | others).__getitem__).better is None


def test_nothing_is_tried_where_too_few_are_wrong_to_prove_it() -> None:
    asked: list[str] = []

    def look(name: str) -> NDArray[np.bool_]:
        asked.append(name)
        return right(N - 5)

    assert tell_apart("a", ["b"], look).better is None
    assert asked == ["a"]


def test_one_that_cannot_be_built_for_such_images_is_none_of_theirs() -> None:
    def look(name: str) -> NDArray[np.bool_]:
        if name == "b":
            raise SpecError("another size")
        return {"a": right(30), "c": right(90)}[name]

    trial = tell_apart("a", ["b", "c"], look)
    assert (trial.better, set(trial.shares)) == ("c", {"a", "c"})
    with pytest.raises(SpecError):
        tell_apart("b", ["a"], look)


def test_without_labels_they_are_named() -> None:
    said = "no weight tells a from b, and no labels at hand do: --arch NAME says that it is one of those"
    assert untold("a", ["b"]).told(given=False) == said
