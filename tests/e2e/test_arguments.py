"""Python's front door: data by path as the command takes it, and arguments where the command has flags."""

import inspect
from pathlib import Path
from typing import Any

import pytest
from tests.data.noise_pictures import draw, fill

import shiftprobe
from shiftprobe.api import runs
from shiftprobe.api.arguments import as_arguments
from shiftprobe.cli.commands.audit import audit as audit_command
from shiftprobe.cli.options import linked
from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.engine import plan as planning
from shiftprobe.spec.loading import load_spec

OF_THE_TERMINAL = {"format", "dry-run", "no-cache", "debug"}  # flags that Python has no use for
KEYS: dict[str, Any] = {"target": {"data": "digits:uci", "budgets": [10]}, "source": {"data": "digits:uci"}}


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number, label in enumerate(("cat", "dog")):
        fill(tmp_path / "photos" / label, [draw(10 * number + i) for i in range(8)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("--data photo: no such folder", "data photo: no such folder"),
        ("--classes FILE with names, or --classes data", "classes=FILE with names, or classes=data"),
        ("give --mean and --size", "give preprocess['mean'] and preprocess['size']"),
        ("add --allow-code if you trust it", "add allow_code=True if you trust it"),
        ("name its run (--run, or --trained-on)", "name its run (run, or trained_on)"),
        ("run `shiftprobe download hf:x --debug`", "run `shiftprobe download hf:x --debug`"),
        ("of --nobody", "of --nobody"),
    ],
)  # fmt: skip
def test_a_flag_is_the_argument_that_it_is_in_python(text: str, told: str) -> None:
    assert as_arguments(text, shiftprobe.audit) == told


def test_every_flag_of_an_audit_has_an_argument() -> None:
    flags = {name.strip("_").replace("_", "-") for name in inspect.signature(audit_command).parameters}
    left = [flag for flag in sorted(flags - OF_THE_TERMINAL) if "--" in as_arguments(f"--{flag}", shiftprobe.audit)]
    assert left == []


@pytest.mark.usefixtures("photos")
def test_a_refused_audit_speaks_of_arguments_in_python() -> None:
    with pytest.raises(ShiftprobeError, match=r"^data photo: no such folder or manifest; did you mean 'photos'\?"):
        shiftprobe.audit("lite0", "photo")
    with pytest.raises(ShiftprobeError, match=r"^out photos/x: .* choose another place with out$"):
        shiftprobe.audit("torchvision:resnet18@DEFAULT", "photos", out="photos/x")


@pytest.mark.parametrize("given", ["photos", Path("photos"), "folder:photos"])
def test_a_sweep_takes_data_by_path_and_keeps_its_name(
    photos: Path, monkeypatch: pytest.MonkeyPatch, given: str | Path
) -> None:
    found: list[planning.Plan] = []
    monkeypatch.setattr(runs, "perform", lambda ready, **_: found.append(ready))
    (photos / "specs").mkdir()
    (photos / "specs" / "mine.yaml").write_text(
        "{target: {data: 'digits:uci', budgets: [4]}, source: {data: 'digits:uci'}}"
    )
    shiftprobe.sweep("specs/mine.yaml", target=given)
    for name in ("photos", "folder:photos"):
        shiftprobe.sweep({**KEYS, "target": {"data": name, "budgets": [4]}})
    assert found[0].setup.spec.target.data == "folder:../photos"
    assert found[1].setup.spec.target.data == "folder:photos"
    assert found[0].target.digest == found[1].target.digest == shiftprobe.data.load("photos", Path()).digest
    assert found[1].setup.identity == found[2].setup.identity


@pytest.mark.usefixtures("photos")
def test_a_spec_takes_a_path_as_an_audit_does_and_refuses_one_that_leads_nowhere() -> None:
    wrong = load_spec({**KEYS, "target": {"data": "photo", "budgets": [4]}})
    with pytest.raises(
        ShiftprobeError, match=r"target\.data photo: no such folder or manifest; did you mean 'photos'\?"
    ):
        shiftprobe.sweep(wrong)
    with pytest.raises(ShiftprobeError, match="did you mean 'photos'"):
        shiftprobe.sweep(KEYS, target="photo")


def test_the_flag_for_links_names_folders_and_nothing_else(photos: Path) -> None:
    assert linked("photos", links=True) == linked("folder:photos", links=True) == "links:photos"
    assert linked("photos", links=False) == "photos"
    (photos / "list.csv").write_text("path,label\n")
    for name in ("digits:uci", "list.csv", "nowhere"):
        assert linked(name, links=True) == name
