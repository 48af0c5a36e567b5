import base64
import hashlib
import io
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from sklearn.datasets import load_sample_images

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image, Transform
from shiftprobe.data.digits import read_mnist
from shiftprobe.preview import Sheet, preview, write_html
from shiftprobe.preview.sheet import dose, enlargement
from shiftprobe.shifts import SHIFTS, identity
from shiftprobe.shifts.composed import find

DIGIT = read_mnist()[0][0][..., None]
PHOTO = np.ascontiguousarray(load_sample_images().images[0][:288, :384])
DOSES = (0.0, 0.5, 1.0)
HOSTILE = "</th><script>alert(1)</script>\u202e"


@dataclass(frozen=True)
class Strange:
    """A third party's shift that says nothing but its name."""

    name: str = HOSTILE

    def at(self, _severity: float) -> Transform:
        return identity


def sheet(*names: str, images: tuple[Image, ...] = (DIGIT,), labels: list[str] | None = None) -> Sheet:
    return preview(images, [SHIFTS[name] for name in names], DOSES, seed=3, labels=labels)


def test_tiles_are_what_a_run_with_this_seed_would_make_of_these_images() -> None:
    shown = preview([DIGIT, PHOTO], [SHIFTS["gaussian_noise"]], DOSES, seed=3, places=[40, 7])
    digit, photo = shown.groups[0].strips
    for severity, tile in zip(DOSES, digit.tiles, strict=True):
        expected = SHIFTS["gaussian_noise"].at(severity)(DIGIT, image_generator(3, 40))
        assert np.array_equal(tile.image, expected)
    assert np.array_equal(digit.tiles[0].image, DIGIT)
    assert {tile.image.shape for tile in photo.tiles} == {(144, 192, 3)}
    assert np.abs(photo.tiles[0].image - PHOTO.reshape(144, 2, 192, 2, 3).mean((1, 3))).max() < 1


def test_a_tile_does_not_depend_on_what_else_is_on_the_sheet() -> None:
    alone = sheet("gaussian_noise")
    crowded = sheet("defocus", "gaussian_noise", images=(DIGIT, PHOTO))
    assert crowded.groups[1].strips[0].tiles[1].image.tobytes() == alone.groups[0].strips[0].tiles[1].image.tobytes()
    assert [group.name for group in crowded.groups] == ["defocus", "gaussian_noise"]


def test_doses_are_told_in_the_unit_of_each_shift() -> None:
    assert dose(SHIFTS["gaussian_blur"], 0.5) == "0.04 of the shorter side"
    assert dose(SHIFTS["jpeg"], 1.0) == "11.5 times"
    assert dose(SHIFTS["gamma"], 1.0) == "4"
    assert dose(SHIFTS["gamma"], 0.0) == "untouched"
    assert dose(find("gaussian_blur*0.5+gamma"), 1.0) == "gaussian_blur 0.04 of the shorter side + gamma 4"
    assert dose(find("gaussian_blur*0.5+gamma"), 1.0, 50) == "gaussian_blur 2 px (0.04 of the shorter side) + gamma 4"
    assert dose(Strange(), 0.3) == ""


@pytest.mark.parametrize(
    ("name", "severity", "side", "words"),
    [
        ("brightness", 0.25, 28, "38.2 of 255"),
        ("gaussian_noise", 1.0, 28, "102 of 255"),
        ("motion_blur", 0.5, 224, "33.6 px (0.15 of the shorter side)"),
        ("translation", 0.1, 6, "0.15 px (0.025 of the shorter side)"),
        ("coarse_dropout", 0.25, 28, "0.15 of all"),
        ("rotation", 0.5, 28, "22.5 degrees"),
    ],
)
def test_levels_are_counted_and_sizes_told_in_px_of_this_image(
    name: str, severity: float, side: int, words: str
) -> None:
    assert dose(SHIFTS[name], severity, side) == words


def test_what_is_told_of_light_and_reach_is_what_happens() -> None:
    flat = np.full((40, 60, 1), 100, np.uint8)
    brighter = preview([flat], [SHIFTS["brightness"]], (0.25,), seed=0).groups[0].strips[0].tiles[0]
    assert brighter.dose == "38.2 of 255"
    assert np.abs(brighter.image.astype(int) - 100 - 38.25).max() < 1
    edge = np.zeros((40, 60, 1), np.uint8)
    edge[:, 30:] = 255
    moved = preview([edge], [SHIFTS["translation"]], (1.0,), seed=0).groups[0].strips[0].tiles[0]
    assert moved.dose == "10 px (0.25 of the shorter side)"


def test_small_images_are_enlarged_by_whole_pixels_and_large_ones_never() -> None:
    factors = {side: enlargement(np.zeros((side, 5, 1), np.uint8)) for side in (8, 28, 32, 64, 65, 129, 192)}
    assert factors == {8: 16, 28: 4, 32: 4, 64: 2, 65: 1, 129: 1, 192: 1}


def test_where_colour_is_needed_a_grey_image_gets_the_reason_and_the_others_their_tiles() -> None:
    both = sheet("hue", "gaussian_noise", images=(DIGIT, PHOTO), labels=["seven", "temple"])
    grey, coloured = both.groups[0].strips
    assert not grey.tiles
    assert "needs colour, got a grey image" in grey.reason
    assert len(coloured.tiles) == len(DOSES)
    assert all(strip.tiles for strip in both.groups[1].strips)
    once = sheet("hue", images=(DIGIT, DIGIT)).groups[0].strips
    assert len(once) == 1
    assert once[0].reason == grey.reason


def test_a_preview_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="a preview needs an image, got none"):
        preview([], [SHIFTS["hue"]], DOSES, seed=0)
    with pytest.raises(SpecError, match="a preview needs a shift and a severity, got 0 and 3"):
        preview([DIGIT], [], DOSES, seed=0)
    with pytest.raises(SpecError, match="severity is a fraction"):
        preview([DIGIT], [SHIFTS["hue"]], [2.0], seed=0)


# HTML


class Page(HTMLParser):
    """The tags of a page in order, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def test_the_page_allows_its_own_style_and_pictures_and_nothing_else(tmp_path: Path) -> None:
    text = write_html(sheet("gaussian_noise", "hue"), tmp_path / "sheet.html").read_text()
    page = Page(text)
    names = [tag for tag, _ in page.tags]
    assert page.tags[names.index("head") + 1][1]["http-equiv"] == "Content-Security-Policy"
    policy = page.all("meta")[0]["content"]
    style = text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}';")
    assert not re.search(r"https?:|//|url\(|@import", re.sub(r"base64,[A-Za-z0-9+/=]+", "", text))
    assert not {"script", "link", "iframe"} & set(names)


def test_small_pictures_travel_exactly_and_say_what_they_show(tmp_path: Path) -> None:
    shown = sheet("gaussian_blur", images=(DIGIT, PHOTO), labels=["seven", "temple"])
    pictures = Page(write_html(shown, tmp_path / "sheet.html").read_text()).all("img")
    assert len(pictures) == 6
    assert pictures[0]["alt"] == "seven untouched"
    assert pictures[1]["alt"] == "seven under gaussian_blur at severity 0.5, sigma 1.12 px (0.04 of the shorter side)"
    for tile, picture in zip(shown.groups[0].strips[0].tiles, pictures, strict=False):
        with PIL.Image.open(io.BytesIO(base64.b64decode(picture["src"].removeprefix("data:image/png;base64,")))) as got:
            assert np.array_equal(np.asarray(got), tile.image[..., 0])
        assert (picture["width"], picture["height"], picture["class"]) == ("112", "112", "pixels")
    assert pictures[3]["src"].startswith("data:image/webp;base64,")
    assert (pictures[3]["width"], pictures[3]["height"], pictures[3].get("class")) == ("192", "144", None)


def test_foreign_text_stays_text(tmp_path: Path) -> None:
    shown = preview([DIGIT], [Strange()], DOSES, seed=0, labels=['" onerror="alert(1)'])
    text = write_html(shown, tmp_path / "sheet.html").read_text()
    page = Page(text)
    assert not page.all("script")
    assert not any("onerror" in picture for picture in page.all("img"))
    assert page.all("img")[1]["alt"].startswith('" onerror="alert(1) under </th><script>')
    assert "\u202e" not in text


# in a browser


@pytest.mark.parametrize("width", [360, 1280])
def test_only_the_table_scrolls_and_its_first_column_and_heads_stay(browser: Any, tmp_path: Path, width: int) -> None:
    shown = preview([DIGIT, PHOTO], [SHIFTS["gamma"], Strange(name="n" * 200)], np.linspace(0, 1, 9).tolist(), seed=0)
    page = browser.new_page(viewport={"width": width, "height": 700})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(write_html(shown, tmp_path / "sheet.html").as_uri())
    extent = "(one => [one.scrollWidth, one.scrollHeight])(document.documentElement)"
    assert page.evaluate(extent) == [width, 700]
    page.evaluate("document.querySelector('main').scrollTo(300, 200)")
    moved = "(name) => { const box = document.querySelector(name).getBoundingClientRect(); return [box.x, box.y] }"
    table = page.evaluate(moved, "main")
    assert page.evaluate("document.querySelector('main').scrollLeft") > 100
    assert page.evaluate(moved, "tbody th")[0] == table[0]
    assert abs(page.evaluate(moved, "thead th")[1] - table[1]) <= 1
    assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0)")
    assert not said
    page.close()
