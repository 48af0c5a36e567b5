"""An audit as it is asked for: paths that no system can look up, names of folders, what two audits share."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.auditing.made_up import policy, side, subject

from shiftprobe.auditing.check_request import _check_reachable
from shiftprobe.auditing.names import DATA, names_of_outputs
from shiftprobe.auditing.preprocessing import _each
from shiftprobe.auditing.ready import _identity, prepare
from shiftprobe.auditing.request import CheckpointRequest, Request
from shiftprobe.auditing.sides import drawn
from shiftprobe.core.errors import DataError, SpecError, UnknownNameError
from shiftprobe.data.places import check_place
from shiftprobe.models.fitting import architecture as found
from shiftprobe.models.names import stem_of
from shiftprobe.models.own_preprocess import _of_run
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.weights import Weights

LONG = "a" * 5000


@pytest.mark.parametrize(
    ("flag", "fields"),
    [("--data", {"data": LONG}), ("--target", {"target": LONG}), ("--run", {"run": Path(LONG)}),
     ("--trained-on", {"trained_on": ("digits:uci", LONG)})],
)  # fmt: skip
def test_a_name_that_no_system_can_look_up_is_refused_with_its_flag(flag: str, fields: dict[str, Any]) -> None:
    request = Request(wanted=CheckpointRequest(checkpoint="m.pt"), **{"data": "digits:uci", **fields})
    with pytest.raises(SpecError, match=rf"^{flag} a+.*File name too long; see that the path is right"):
        _check_reachable(request)
    _check_reachable(Request(wanted=CheckpointRequest(checkpoint="m.pt"), data=[]))


def test_a_misspelt_shift_is_met_before_a_checkpoint_is_read() -> None:
    rules = policy().model_copy(update={"shifts": ("fogg",)})
    with pytest.raises(UnknownNameError, match="no shift named 'fogg'"):
        prepare(Request(wanted=CheckpointRequest(checkpoint="nowhere.pt"), data="nowhere", policy=rules))


def test_a_folder_that_is_not_there_is_told_with_the_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    request = Request(wanted=CheckpointRequest(checkpoint="nowhere.pt"), data=str(tmp_path / "photo"), policy=policy())
    with pytest.raises(DataError, match="no such folder or manifest; did you mean 'photos'"):
        prepare(request)
    check_place(str(tmp_path / "photos"), "--data")
    check_place("digits:nowhere", "--data")


@pytest.mark.parametrize(
    ("checkpoint", "stem"),
    [("runs/best.model.pt", "best-model"), ("torchvision:resnet18@DEFAULT", "torchvision-resnet18-DEFAULT"),
     ("\N{LATIN SMALL LETTER E WITH ACUTE}.pt", "checkpoint"), ("x" * 60 + ".pt", "x" * 40), ("a b.pt", "a-b")],
)  # fmt: skip
def test_a_folder_is_called_after_its_checkpoint(checkpoint: str, stem: str) -> None:
    assert stem_of(checkpoint) == stem


def test_two_audits_share_a_folder_where_nothing_but_the_policy_differs() -> None:
    ours, target = side(20), side(10)
    first = _identity(subject(), ours, target)
    assert _identity(subject(), ours, side(10)) == first
    others = [
        _identity(replace(subject(), fingerprint="0" * 64), ours, target),
        _identity(replace(subject(), classes=("a", "b", "c", "d")), ours, target),
        _identity(replace(subject(), preprocess=Preprocess(9, 1, (0.5,), (0.5,))), ours, target),
        _identity(replace(subject(), facts=replace(subject().facts, arch="other")), ours, target),
        _identity(subject(), side(21), target),
        _identity(subject(), ours, side(11)),
        _identity(subject(), ours, side(10, labelled=False)),
        _identity(subject(), ours, None),
    ]
    assert len({first, *others}) == 9


@pytest.mark.parametrize(
    ("values", "channels", "expected"),
    [(0.5, 3, [0.5] * 3), (1, 1, [1]), ([0.5], 3, [0.5] * 3), ((0.5,), 2, [0.5] * 2), ([0.1, 0.2], 3, [0.1, 0.2]),
     ("x", 3, "x"), ([0.5], "three", [0.5])],
)  # fmt: skip
def test_one_number_stands_for_every_channel(values: Any, channels: Any, expected: Any) -> None:
    assert _each(values, channels) == expected


@pytest.mark.parametrize(("above", "known"), [(0, True), (3, True), (4, False)])
def test_a_checkpoint_is_prepared_as_the_run_four_folders_above(above: int, known: bool, tmp_path: Path) -> None:
    place = tmp_path.joinpath(*"abcdef"[:above])
    place.mkdir(parents=True, exist_ok=True)
    (place / "model.pt").touch()
    whole = Preprocess(12, 1, (0.5,), (0.25,))
    (tmp_path / "spec.json").write_text("{}")
    (tmp_path / "about.json").write_text('{"preprocess": {"size": 12, "channels": 1, "mean": [0.5], "std": [0.25]}}')
    assert _of_run(place / "model.pt") == (whole if known else None)
    assert _of_run(place / "lost.pt") is None
    (tmp_path / "about.json").write_text("{}")
    assert _of_run(place / "model.pt") is None


def architecture(arch: str | None, *, allow_code: bool = False) -> tuple[str, str | None]:
    weights = Weights(state={}, sha256="", path="m.pt", bytes=None, format="", arch="small_cnn")
    return found("m.pt", weights, arch, allow_code=allow_code)[1:]


def test_an_architecture_that_is_given_goes_before_what_weights_say() -> None:
    assert architecture("torchvision:resnet18") == ("torchvision:resnet18", None)
    assert architecture(None) == ("small_cnn", None)
    with pytest.raises(UnknownNameError, match="did you mean torchvision:resnet18"):
        architecture("resnet18")
    with pytest.raises(UnknownNameError, match="did you mean 'small_cnn'"):
        architecture("small_cn")


def test_code_runs_only_when_somebody_allows_it() -> None:
    with pytest.raises(SpecError, match="would import and run that code; add --allow-code"):
        architecture("json:loads")
    assert architecture("json:loads", allow_code=True) == ("json:loads", None)


def test_images_are_drawn_from_only_where_there_are_more_than_wanted() -> None:
    bundle = side(40).bundle
    index = side(40).index
    assert drawn(bundle, index, 40, 0) is index
    some = drawn(bundle, index, 39, 0)
    assert (len(some), sorted(set(some.tolist()))) == (39, some.tolist())
    assert [int((bundle.labels[drawn(bundle, index, 8, seed)] == 0).sum()) for seed in (0, 1)] == [2, 2]
    assert drawn(bundle, index, 8, 0).tolist() != drawn(bundle, index, 8, 1).tolist()


def test_outputs_that_the_checkpoint_names_may_be_too_few_or_named_twice() -> None:
    with pytest.raises(SpecError, match="the head has 3 outputs, but the checkpoint itself names 2 classes"):
        names_of_outputs("m.pt", 3, None, ("a", "b"), ())
    with pytest.raises(SpecError, match=f"--classes {DATA} if they are the data's 0 class names"):
        names_of_outputs("m.pt", 3, None, None, ())
