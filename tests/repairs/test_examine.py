"""A fault that was put into a checkpoint or a target is the one that is named; where there is none, nothing is."""

from collections.abc import Callable, Mapping
from copy import deepcopy

import numpy as np
import pytest
from tests.repairs.quick_digits import Digits, Pixels, other_head, parts, patient, stale

from shiftprobe.repairs.attempt import Attempt, Patient
from shiftprobe.repairs.examine import Examined, Extra, examine
from shiftprobe.results.diagnosis import Experiment

ROLLED = np.roll(np.arange(10), 1)
NAMED = ("cause", "suggestive")

FILES: Mapping[str, tuple[str, Callable[[], Patient]]] = {
    "levels of 0 to 255": ("preprocessing", lambda: patient("none", mean=(0.0,), std=(1 / 255,))),
    "the same with batch norm, which could hide it": ("preprocessing", lambda: patient(mean=(0.5,), std=(0.1,))),
    "stale statistics": ("stale_batch_statistics", lambda: stale(patient())),
    "outputs renamed": ("renamed_classes", lambda: other_head(patient("none"), ROLLED)),
    "a head drawn anew": ("wrong_head", lambda: other_head(patient("none"))),
}
TARGETS: Mapping[str, tuple[str, str, Callable[[Pixels], Pixels]]] = {
    "turned": ("turned", "none", lambda images: np.rot90(images, 1, (1, 2))),
    "turned by a half": ("turned", "none", lambda images: np.rot90(images, 2, (1, 2))),
    "mirrored": ("mirrored", "none", lambda images: images[:, :, ::-1]),
    "upside down": ("mirrored", "none", lambda images: images[:, ::-1]),
    "inverted": ("inverted", "batch", lambda images: 255 - images),
    "dim": ("moved_moments", "none", lambda images: (images * 0.2 + 90).astype(np.uint8)),
    "dim, with batch norm, which repairs it too": (
        "moved_moments", "batch", lambda images: (images * 0.2 + 90).astype(np.uint8)
    ),
}  # fmt: skip


def named(found: Examined) -> list[tuple[str, str, str]]:
    return [(one.at, one.cause, one.outcome) for one in found.path if one.outcome in NAMED]


def by_name(found: Examined, at: str, number: int = 0) -> dict[str, Experiment]:
    return {one.name: one for one in found.path if one.at == at and one.round == number}


def looked(one: Patient, target: Digits | None = None, **more: object) -> Examined:
    _, home, same = parts()
    return examine(one, home.site("home"), (target or same).site("target"), seed=0, **more)  # type: ignore[arg-type] # of examine


@pytest.mark.parametrize("fault", FILES)
def test_a_fault_of_the_file_is_named_at_home_and_mended_for_the_target(fault: str) -> None:
    cause, made = FILES[fault]
    found = looked(made())
    assert named(found) == [("home", cause, "cause")]
    assert found.rest[0].now > found.gaps[0].now + 0.05
    assert found.gaps[1].now > 0.8  # the target begins from the repaired state
    assert len(found.kept.repairs) == 1


@pytest.mark.parametrize("fault", TARGETS)
def test_a_fault_of_the_target_is_named_there(fault: str) -> None:
    cause, norm, change = TARGETS[fault]
    found = looked(patient(norm), parts()[2].changed(change))
    assert named(found)[0] == ("target", cause, "cause")
    assert not [one for one in named(found)[1:] if one[2] == "cause"]
    one = next(one for one in found.path if one.outcome == "cause")
    assert one.effect is not None
    assert one.effect.low > 0.1
    assert one.recovers is not None
    assert one.recovers > 0.8


def test_names_of_the_target_s_classes_are_told() -> None:
    same = parts()[2]
    swapped = np.array([0, 1, 2, 7, 4, 5, 6, 3, 8, 9])[same.labels]
    found = looked(patient("none"), Digits(same.images, swapped))
    assert named(found) == [("target", "renamed_classes", "cause")]
    assert by_name(found, "target")["renaming"].details == ("3 is answered as 7", "7 is answered as 3")


@pytest.mark.parametrize("norm", ["batch", "none"])
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_named_where_nothing_is_wrong(norm: str, seed: int) -> None:
    _, home, same = parts()
    found = examine(patient(norm), home.site("home"), same.site("target"), seed=seed)
    assert named(found) == []
    assert found.kept.repairs == ()


def test_two_faults_are_named_one_after_the_other() -> None:
    found = looked(stale(patient()), parts()[2].changed(lambda images: np.rot90(images, 1, (1, 2))))
    assert [one[1] for one in named(found)] == ["stale_batch_statistics", "turned"]
    assert found.kept.repairs == ("home:batch_statistics", "target:turned")


def test_statistics_stale_in_the_file_are_not_blamed_on_the_target_alone() -> None:
    found = examine(stale(patient()), None, parts()[2].site("target"), seed=0)
    one = by_name(found, "target")["batch_statistics"]
    assert (one.outcome, found.home) == ("suggestive", None)
    assert one.reason.startswith("without home images")


def test_few_images_are_suggestive_and_kept_all_the_same() -> None:
    few = parts()[2].some(slice(120)).changed(lambda images: np.rot90(images, 1, (1, 2)))
    found = looked(patient("none"), few)
    assert named(found) == [("target", "turned", "suggestive")]
    assert "60 images; 100 are needed" in by_name(found, "target")["turned"].reason
    assert found.kept.repairs == ("target:turned",)


def test_without_the_head_a_readout_of_frozen_features_judges() -> None:
    _, home, same = parts()
    target = same.changed(lambda images: 255 - images)
    found = examine(patient("none"), home.site("home"), target.site("target", known=False), seed=0)
    first = by_name(found, "target")
    for name in ("renaming", "head", "class_shares"):
        assert (first[name].outcome, first[name].reason) == (
            "not_possible",
            "the head does not know the classes of these images",
        )
    assert found.gaps[1].now > 0.6  # a readout, though the head is at chance there


def test_twice_is_the_same_and_the_patient_stays_as_it_is() -> None:
    one = stale(patient())
    before = deepcopy(one.model.state_dict())
    once, twice = looked(one), looked(one)
    assert once.path == twice.path
    assert all((value == before[name]).all() for name, value in one.model.state_dict().items())


def test_what_others_reached_widens_the_gap() -> None:
    turned = parts()[2].changed(lambda images: np.rot90(images, 1, (1, 2)))
    found = looked(patient("none"), turned, extra=Extra(reach={"target": {"the arm transfer": 0.99}}))
    assert found.gaps[1].reached_by == "the arm transfer"
    assert found.gaps[1].reach == 0.99


def test_a_new_head_is_not_blamed_where_layers_below_look_untrained() -> None:
    before, after = np.zeros(400), np.ones(400)
    body = Attempt(name="x", cause="half_loaded", title="a head below", before=before, after=after, sham=before)
    found = looked(other_head(patient("none")), extra=Extra(attempts={"home": (body,)}))
    assert [one[1] for one in named(found) if one[0] == "home"] == ["half_loaded"]
    assert by_name(found, "home")["head"].reason == "layers below the head look untrained"
