"""The page of a located target, without a fit; and the command that writes it only where asked."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.locate.planting import digits, plant
from tests.locate.test_location import BLANK, SPLIT, located
from typer.testing import CliRunner

from shiftprobe.cli import app
from shiftprobe.locate import Located
from shiftprobe.locate.examples import Examples, examples
from shiftprobe.report.locate.page import render, write_located

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 28, 28, 1)).astype(np.uint8)
SHOWN = Examples(source=IMAGES, shifted=IMAGES, target=IMAGES[:3])
AGAIN = "shiftprobe locate --source folder:a --target 'folder:<b>'"


def page(found: Located, shown: Examples = SHOWN) -> str:
    return render(found, shown, names=("folder:a", "folder:<b>"), again=AGAIN)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)))


def test_it_loads_nothing_and_escapes_names() -> None:
    html = page(located(0.63))
    assert not re.search(r"(src|href)=\"(?!data:|#)", html)
    assert "http:" not in html
    assert "https:" not in html
    assert "<b>" not in html
    assert "default-src 'none'" in html.replace("&#39;", "'")
    assert html.count('<img src="data:image/') == 4 + 4 + 3


def test_it_says_what_the_terminal_says() -> None:
    said = text_of(page(located(0.63)))
    assert "Your target looks like gaussian blur 0.42 + brightness 0.15; 63 % of the distance explained" in said
    assert "gaussian blur blur 0.42 0.39 to 0.45" in said
    assert "Doses with their 95 % intervals" in said


def test_a_split_shows_its_candidates_and_no_interval() -> None:
    said = text_of(page(SPLIT))
    assert "No single shift: resamples choose haze (frost) in 54 %, tilt (shear) in 46 %" in said
    assert "shear tilt 0.26 none: resamples split" in said
    assert "18 % (none: resamples split)" in said
    assert "haze: 54 %" in said
    assert "frost: 50 %" in said


def test_without_a_shift_there_is_none_to_show() -> None:
    html = page(BLANK, Examples(source=IMAGES, shifted=IMAGES[:0], target=IMAGES))
    assert "No shift found" in html
    assert "resamples choose</h3>" not in html
    assert html.count('<img src="data:image/') == 8


def test_it_writes_the_page_and_every_field_as_json_the_same_bytes_twice(tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        assert write_located(folder, SPLIT, SHOWN, names=("a", "b"), again=AGAIN) == folder / "locate.html"
    held = json.loads((tmp_path / "a" / "locate.json").read_text())
    assert set(held) == set(Located.__dataclass_fields__)
    for name in ("locate.html", "locate.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_examples_are_the_images_of_the_fit_under_what_was_found() -> None:
    images = list(digits()[:40])
    found = located(0.63)
    shown = examples(images[:20], images[20:], found, 0)
    assert len(shown.source) == len(shown.shifted) == len(shown.target) == 8
    assert shown.shifted.std() < shown.source.std()  # blurred
    assert examples(images[:20], images[20:], BLANK, 0).shifted.shape[0] == 0


def folder(path: Path, images: np.ndarray) -> str:
    path.mkdir(parents=True)
    for i, image in enumerate(images):
        Image.fromarray(image[:, :, 0]).save(path / f"{i:03d}.png")
    return f"folder:{path}"


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    images = digits()
    turned = plant(images[30:60], (("rotation", 0.6),), 7)
    return folder(tmp_path / "in" / "a", images[:30]), folder(tmp_path / "in" / "b", turned)


@pytest.mark.parametrize("json_", [False, True])
def test_the_command_leaves_files_only_where_asked(
    sides: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, json_: bool
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    words = ["locate", "--source", sides[0], "--target", sides[1], "--shift", "rotation"]
    words += ["--json"] if json_ else []
    if json_:
        bare = CliRunner().invoke(app, words)
        assert bare.exit_code == 0, bare.output
        assert list(here.iterdir()) == []
    asked = CliRunner().invoke(app, [*words, "--out", "found"])
    assert sorted(one.name for one in (here / "found").iterdir()) == ["locate.html", "locate.json", "shiftprobe.json"]
    assert "found/locate.html" in asked.output
    if json_:
        assert json.loads(asked.stdout)["shifts"][0]["name"] == "rotation"
    else:
        assert asked.stdout.rstrip().endswith("Page: found/locate.html")
