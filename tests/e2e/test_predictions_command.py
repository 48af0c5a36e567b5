"""Every answer by name, from a run on real digits."""

import csv
import io
from collections import defaultdict
from pathlib import Path

from tests.specs import TINY
from typer.testing import CliRunner

from shiftprobe.cli import app
from shiftprobe.core.reading import read_json
from shiftprobe.data.digits import load


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_answer_has_a_name_and_adds_up_to_the_accuracies(tiny_run: Path) -> None:
    answers = rows((tiny_run / "predictions.csv").read_text())
    right: dict[tuple[str, ...], list[bool]] = defaultdict(list)
    digits = load("uci", Path())
    for one in answers:
        assert digits.classes[digits.labels[int(one["path"][1:])]] == one["label"]
        assert 0.1 <= float(one["confidence"]) <= 1.0  # of ten classes
        metric = "top1_best" if one["epoch"] == "best" else "top1"
        address = (one["shift"], one["severity"], one["budget"], one["seed"], one["arm"], metric)
        right[address].append(one["answer"] == one["label"])
    told = rows((tiny_run / "results.csv").read_text())
    wanted = {
        (one["shift"], one["severity"], one["budget"], one["seed"], one["arm"], one["metric"]): float(one["value"])
        for one in told
        if one["probe"] == "accuracy" and one["metric"] in {"top1", "top1_best"}
    }
    assert {address: sum(hits) / len(hits) for address, hits in right.items()} == wanted


def test_the_command_prints_the_file_and_a_part_of_it(tiny_run: Path) -> None:
    kept = (tiny_run / "predictions.csv").read_text()
    assert CliRunner().invoke(app, ["predictions", str(tiny_run)]).stdout == kept
    flags = ["--shift", "rotation", "--severity", "0.5", "--seed", "1", "--arm", "transfer"]
    some = CliRunner().invoke(app, ["predictions", str(tiny_run), *flags]).stdout.splitlines()
    assert some == [line for line in kept.splitlines() if line.startswith(("shift,", "rotation,0.5,40,1,transfer,"))]
    refused = CliRunner().invoke(app, ["predictions", str(tiny_run), "--arm", "transfr"])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "did you mean 'transfer'" in refused.stderr


def test_images_csv_names_what_trained_and_tested(tiny_run: Path) -> None:
    images = rows((tiny_run / "images.csv").read_text())
    roles = [(one["side"], one["role"]) for one in images]
    counts = read_json(tiny_run / "about.json")["data"]
    assert roles.count(("source", "train")) == counts["source"]["train"] == TINY["source"]["images"]
    assert roles.count(("target", "train")) == counts["target"]["pool"]
    tested = [one["path"] for one in images if (one["side"], one["role"]) == ("target", "test")]
    answers = rows((tiny_run / "predictions.csv").read_text())
    assert [one["path"] for one in answers if one["arm"] == "zero_shot" and one["shift"] == "identity"] == tested
    learning = [one for one in images if "s1" in one["train"] or "s0-1" in one["train"]]
    assert len(learning) == 32  # of a budget of 40, a fifth judges


def test_the_gallery_names_its_pictures_and_the_page_the_command(tiny_run: Path) -> None:
    galleries = read_json(tiny_run / "gallery" / "gallery.json")["galleries"]
    images = rows((tiny_run / "images.csv").read_text())
    tested = [one["path"] for one in images if (one["side"], one["role"]) == ("target", "test")]
    shown = [one for gallery in galleries for one in gallery["shown"]]
    assert shown
    assert all(one["path"] == tested[one["image"]] for one in shown)
    assert f"shiftprobe predictions {tiny_run.name}" in (tiny_run / "report.html").read_text()
