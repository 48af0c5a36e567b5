"""The gallery: foreign names stay words, files stay in their folder, areas are counts."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from tests.report import fake_pair
from tests.report.fake_run import Fake, Make
from tests.report.run.test_page import HOSTILE, Reader, page_of

from shiftprobe.report.kit import thumbs
from shiftprobe.report.kit.assemble import MAX_TEXT
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import gallery, mosaic
from shiftprobe.results.gallery import Gallery

ONE = Gallery(
    shift="identity", severity=0.0, budget=50, a="transfer", b="scratch", seeds=(0, 1),
    counts={"both": 60, "a_only": 20, "b_only": 15, "neither": 5},
)  # fmt: skip


def areas(one: Gallery) -> dict[str, float]:
    found: dict[str, float] = {}
    for tile in mosaic.mosaic("m", one).split('<g class="tile-')[1:]:
        width, height = re.search(r'<rect[^>]*width="([\d.]+)" height="([\d.]+)"', tile).groups()  # type: ignore[union-attr]
        found[str(tile).split(" ", 1)[0]] = float(width) * float(height)
    return found


def test_areas_follow_counts() -> None:
    found = areas(ONE)
    assert found["both"] / found["a_only"] == pytest.approx(3.0, rel=0.02)
    assert found["b_only"] / found["neither"] == pytest.approx(3.0, rel=0.02)
    whole = sum(found.values())
    assert {key: round(area / whole, 2) for key, area in found.items()} == pytest.approx(
        {"both": 0.6, "a_only": 0.2, "b_only": 0.15, "neither": 0.05}, abs=0.011
    )


def test_a_rare_outcome_is_seen_and_an_absent_one_is_not() -> None:
    rare = areas(Gallery(**{**fields(ONE), "counts": {"both": 100_000, "a_only": 1, "b_only": 0, "neither": 0}}))
    assert rare.keys() == {"both", "a_only"}
    assert rare["a_only"] > 0


def fields(one: Gallery) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


@pytest.mark.parametrize(
    ("outcomes", "filed"),
    [({"both": 9, "b_only": 1}, "b_only"), ({"a_only": 2, "b_only": 1}, "a_only"), ({"both": 3}, "both"), ({}, "both")],
)
def test_an_image_is_filed_under_what_tells_the_arms_apart(outcomes: dict[str, int], filed: str) -> None:
    assert mosaic.leading(outcomes) == filed


def test_every_figure_has_its_names_and_seeds(make_run: Make) -> None:
    (block,) = gallery.section(read(make_run()))
    assert block.first == "a_only"  # the verdict says that transfer is better
    choice = block.choices["b_only"]
    assert choice.status == "9 of 15 images shown"
    figure = choice.figures[0]
    assert (figure.label, figure.told) == ("2", "only scratch right in 2 of 3 seeds; both right in 1 of 3 seeds")
    (a, said_a), (b, said_b) = figure.answers
    assert (a, [(one.name, one.seeds, one.right) for one in said_a]) == (
        "transfer", [("5", "2 of 3", False), ("2", "1 of 3", True)],
    )  # fmt: skip
    assert (b, [(one.name, one.right) for one in said_b]) == ("scratch", [("2", True)])


def test_the_largest_budget_comes_first_and_alone_is_open(make_run: Make) -> None:
    page = page_of(make_run(Fake(budgets=(50, 300))))
    heads = re.findall(r'<details class="which"[^>]*?( open)?>\s*<summary>(.*?)</summary>', page)
    assert heads == [
        (" open", "The unshifted target, 300 labelled images per arm"),
        ("", "The unshifted target, 50 labelled images per arm"),
    ]


def test_hostile_class_names_are_text(make_run: Make) -> None:
    page = page_of(make_run(Fake(classes=HOSTILE)))
    reader = Reader(page)
    assert len(reader.named("script")) == 1
    assert all("onload" not in attributes for _, attributes in reader.tags)
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page, re.DOTALL)
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in caption for caption in captions)
    assert any("\\u202etxt.exe" in caption for caption in captions)
    assert all(len(name) <= 400 for caption in captions for name in re.findall(r"<b>(.*?)</b>", caption))


def test_a_missing_or_broken_picture_is_a_box_of_text(make_run: Make) -> None:
    run = make_run()
    assert "1.webp" not in read(run).thumbs
    boxes = [one for one in Reader(page_of(run)).named("p") if one.get("class") == "nothing"]
    assert len(boxes) == 7  # six are missing, one is not a picture
    assert all("no picture kept" in (box["aria-label"] or "") for box in boxes)


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "gallery").mkdir()
    (tmp_path / "secret.webp").write_bytes(fake_pair.thumb(1))
    assert thumbs.data_uri(tmp_path, "secret.webp").startswith("data:image/webp;base64,")
    for name in ("../secret.webp", "..", "", "/etc/passwd", f"{tmp_path}/secret.webp", "secret.png", "a\n.webp"):
        assert thumbs.data_uri(tmp_path / "gallery", name) == ""


def test_pictures_over_their_size_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large.webp").write_bytes(fake_pair.thumb(1, 97))
    (tmp_path / "fits.webp").write_bytes(fake_pair.thumb(1, 96))
    assert thumbs.data_uri(tmp_path, "large.webp") == ""
    assert thumbs.data_uri(tmp_path, "fits.webp")
    monkeypatch.setattr(thumbs, "HEAVIEST", 100)
    assert thumbs.data_uri(tmp_path, "fits.webp") == ""


def test_pictures_end_where_the_page_would_grow_heavy(make_run: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_run()
    whole = read(path).thumbs
    monkeypatch.setattr(thumbs, "BUDGET", sum(map(len, whole.values())) // 2)
    assert 0 < len(read(path).thumbs) < len(whole)


def test_a_photograph_reaches_the_page_whole(make_run: Make) -> None:
    path = make_run()
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    PIL.Image.fromarray(noise).save(path / "gallery" / "2.webp", "WEBP", quality=80)
    whole = base64.b64encode((path / "gallery" / "2.webp").read_bytes()).decode()
    assert len(whole) > MAX_TEXT
    assert f'data:image/webp;base64,{whole}"' in page_of(path)
