from tests.tiny import tiny_spec

from shiftprobe.engine.applicable_arms import arms_for, columns_of, with_unknown
from shiftprobe.train.arms import Case


def test_classes_are_matched_by_name_never_by_place() -> None:
    assert columns_of(("cat", "dog", "emu"), ("emu", "cat")) == (2, 0)
    assert columns_of(("cat", "dog"), ("cat", "dog")) == (0, 1)
    assert columns_of(("cat", "dog"), ("cat", "emu")) is None
    assert columns_of(None, ("cat",)) is None


def test_arms_that_cannot_apply_are_left_out_with_the_reason() -> None:
    spec = tiny_spec(arms=["transfer", "zero_shot"])
    applies, skipped = arms_for(spec, Case(columns=None, keep_head=False, batch_norm=True))
    assert applies == {"transfer": "arms"}
    assert skipped == {"zero_shot": "the checkpoint does not know every class of the target by name"}


UNKNOWN = "the checkpoint does not know every class of the target by name"


def test_a_reason_names_up_to_three_classes_that_the_checkpoint_lacks() -> None:
    skipped = {"zero_shot": UNKNOWN, "bn_adapt": "the network has no batch norm"}
    lacking = with_unknown(skipped, ("cat", "dog"), ("cat", "elk", "fox", "gnu"))
    assert lacking == {**skipped, "zero_shot": f"{UNKNOWN} (not among its classes: 'elk', 'fox', 'gnu')"}
    assert with_unknown(skipped, ("cat",), ("a", "b", "c", "d"))["zero_shot"].endswith("'a', 'b', 'c', ...)")
    assert "nobody said its classes; set source.data" in with_unknown(skipped, None, ("cat",))["zero_shot"]
