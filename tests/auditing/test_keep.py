"""`--write`: what half of the images choose is kept where the other half proves it, and audited on other images."""

import hashlib
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.auditing.trained import Trained
from typer.testing import CliRunner

from shiftprobe.api import audit
from shiftprobe.auditing.check_request import check_request
from shiftprobe.auditing.perform import AuditResult
from shiftprobe.auditing.request import request
from shiftprobe.auditing.write_place import Kept, check_free
from shiftprobe.cli.app import app
from shiftprobe.core.errors import RunError, ShiftprobeError, SpecError
from shiftprobe.data.trained import hashes_of, listing
from shiftprobe.models.formats.checkpoint import load_checkpoint, save_state

OFF = ("worst_class", "risk_coverage", "calibration", "overconfidence", "preprocessing", "class_order", "label_shift")
POLICY: dict[str, Any] = {
    **{name: {"level": "off"} for name in (*OFF, "drift", "attribution")},
    "shifts": [],
    "images": 160,
    "regression": {"margin": 0.4},
}
HOW = {"size": 28, "mean": (0.5,), "std": (0.5,)}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, trained_digits: Trained) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "model.safetensors").write_bytes(save_state(trained_digits.subject.model, list("0123456789")))
    (folder / "policy.yaml").write_text(json.dumps(POLICY))
    return folder


def kept(place: Path, name: str = "repaired.safetensors", **more: Any) -> AuditResult:
    asked: dict[str, Any] = {
        "target": "digits:uci", "policy": place / "policy.yaml", "arch": "small_cnn", "preprocess": HOW,
    }  # fmt: skip
    return audit(
        place / "model.safetensors", "digits:mnist", out=place / name[:3], write=place / name, **(asked | more)
    )


@pytest.fixture(scope="module")
def result(place: Path) -> AuditResult:
    return kept(place)


def test_what_is_kept_is_proven_by_the_half_that_did_not_choose_it(place: Path, result: AuditResult) -> None:
    told = result.verdicts.shown.written
    assert told is not None
    assert not told.reason
    assert (told.n, told.home_n) == (80, 80)
    assert told.low is not None
    assert told.low > 0
    content = (place / "repaired.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == told.sha256
    loaded = load_checkpoint(place / "repaired.safetensors")
    assert loaded.classes == tuple("0123456789")
    assert set(loaded.state) == set(load_checkpoint(place / "model.safetensors").state)
    named = json.loads((place / "repaired.images.json").read_text())
    assert named["weights"] == told.sha256
    card = (place / "repaired.card.md").read_text()
    assert told.sha256 in card
    assert result.verdicts.checkpoint.sha256 in card
    assert told.command in card


def test_the_command_that_is_printed_audits_other_images(place: Path, result: AuditResult) -> None:
    told = result.verdicts.shown.written
    assert told is not None
    words = shlex.split(told.command)
    assert words[:2] == ["shiftprobe", "audit"]
    done = CliRunner().invoke(app, [*words[1:], "--format", "json", "--out", str(place / "again")])
    assert done.exit_code in {0, 1, 3}, done.stderr
    found = json.loads((place / "again" / "verdicts.json").read_text())
    assert found["checkpoint"]["sha256"] == told.sha256
    chose = set(json.loads((place / "repaired.images.json").read_text())["images"])
    answers = json.loads((place / "again" / "answers.json").read_text())["sides"]
    met = {image.rpartition(":")[0] for side in answers.values() for image in side["images"]}
    assert met
    assert not met & chose


def test_the_same_command_keeps_the_same_bytes_over_its_own_file(place: Path, result: AuditResult) -> None:
    names = ["repaired.safetensors", "repaired.card.md", "repaired.images.json"]
    before = [(place / name).read_bytes() for name in names]
    assert kept(place).verdicts.status == result.verdicts.status
    assert [(place / name).read_bytes() for name in names] == before


def test_what_is_not_proven_or_costs_too_much_is_not_kept(place: Path) -> None:
    strict = POLICY | {"regression": {"margin": 0.0}}
    told = kept(place, "costly.safetensors", policy=strict).verdicts.shown.written
    assert told is not None
    assert told.reason
    assert told.command == told.file == ""
    assert not list(place.glob("costly.*"))


def test_a_place_that_is_somebody_elses_is_refused(tmp_path: Path, place: Path) -> None:
    photos = tmp_path / "photos"
    (photos / "ant").mkdir(parents=True)
    foreign = tmp_path / "mine.safetensors"
    foreign.write_bytes(b"mine")
    for at, said in (
        (foreign, "wanted a new file or one that an audit kept"),
        (tmp_path / "x.pt", r"wanted a file whose name ends in \.safetensors"),
        (photos / "ant" / "x.safetensors", "wanted a place beside the data"),
    ):
        asked = request(place / "model.safetensors", str(photos), policy=POLICY, arch="small_cnn", write=at)
        with pytest.raises(SpecError, match=said):
            check_request(asked)
    kept_there = Kept(tmp_path / "mine.safetensors")
    kept_there.images.write_bytes(listing(["a"], "0" * 64))  # of other weights than those that lie there
    with pytest.raises(SpecError, match="choose another name"):
        check_free(kept_there)
    kept_there.images.write_bytes(listing(["a"], hashlib.sha256(b"mine").hexdigest()))
    check_free(kept_there)


@pytest.mark.parametrize("asked", [{"towards": ["a.pt"]}, {"repairs": "adapt"}, {"write": "x.safetensors"}])
def test_a_policy_without_repairs_is_no_place_to_ask_for_them(place: Path, asked: dict[str, Any]) -> None:
    wanted = request(place / "model.safetensors", "digits:uci", policy=POLICY | {"repairs": False}, **asked)
    with pytest.raises(SpecError, match="the policy tries no repairs"):
        check_request(wanted)


def test_unknown_repairs_are_refused() -> None:
    with pytest.raises(ShiftprobeError, match="wanted adapt"):
        request("m.pt", "digits:uci", repairs="everything")


def test_a_list_of_images_is_read_as_what_trained(tmp_path: Path) -> None:
    file = tmp_path / "x.images.json"
    file.write_bytes(listing(["b", "a", "b"], "0" * 64))
    assert hashes_of([str(file)], Path(), "--trained-on") == {"a", "b"}
    file.write_text('["a"]')
    with pytest.raises(RunError, match="wanted a list of content hashes"):
        hashes_of([str(file)], Path(), "--trained-on")
