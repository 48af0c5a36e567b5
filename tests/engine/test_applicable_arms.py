import pytest
from tests.tiny import tiny_spec

from shiftprobe.core.errors import SpecError
from shiftprobe.engine.applicable_arms import arms_for, check_pairs, columns_of
from shiftprobe.train.arms import Case


def test_classes_are_matched_by_name_never_by_place() -> None:
    assert columns_of(("cat", "dog", "emu"), ("emu", "cat")) == (2, 0)
    assert columns_of(("cat", "dog"), ("cat", "dog")) == (0, 1)
    assert columns_of(("cat", "dog"), ("cat", "emu")) is None
    assert columns_of(None, ("cat",)) is None


UNKNOWN = "the checkpoint does not know every class of the target by name"
CLASSES = ("cat", "elk", "fox", "gnu")


def skipped(
    names: tuple[str, ...] | None, classes: tuple[str, ...] = CLASSES, *, batch_norm: bool = True
) -> dict[str, str]:
    spec = tiny_spec(arms=["transfer", "zero_shot", "bn_adapt"])
    case = Case(columns=columns_of(names, classes), keep_head=False, batch_norm=batch_norm)
    applies, left_out = arms_for(spec, case, names=names, classes=classes)
    assert applies["transfer"] == "arms"
    assert not applies.keys() & left_out.keys()
    return left_out


def test_a_reason_names_up_to_three_classes_that_the_checkpoint_lacks() -> None:
    assert skipped(("cat", "dog"))["zero_shot"] == f"{UNKNOWN} (not among its classes: 'elk', 'fox', 'gnu')"
    assert skipped(("cat",), ("a", "b", "c", "d"))["zero_shot"].endswith("'a', 'b', 'c', ...)")
    assert (
        skipped(None, ("cat",))["zero_shot"]
        == f"{UNKNOWN} (nobody said its classes; set source.data or source.classes)"
    )


def test_a_reason_that_classes_would_not_cure_stands_alone() -> None:
    without = skipped(("cat",), batch_norm=False)["bn_adapt"]
    assert "batch" in without
    assert "classes" not in without
    assert skipped(CLASSES) == {}


def test_a_pair_of_arms_that_the_run_does_not_hold_is_refused() -> None:
    check_pairs(tiny_spec(compare__pairs=[["scratch", "transfer"]]))
    check_pairs(tiny_spec())
    with pytest.raises(SpecError, match=r"got transfr; did you mean 'transfer'\? \(arms: .*\); add it to arms"):
        check_pairs(tiny_spec(compare__pairs=[["scratch", "transfer"], ["transfr", "scratch"]]))


@pytest.mark.parametrize("pairs", [[["scratch", "scratch"]], [], [["scratch"]], [["scratch", "transfer"]] * 2])
def test_a_pair_is_two_arms_and_stands_once(pairs: list[list[str]]) -> None:
    with pytest.raises(SpecError, match=r"compare\.pairs"):
        tiny_spec(compare__pairs=pairs)
