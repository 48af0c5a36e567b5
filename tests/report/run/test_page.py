"""The page as bytes: the same every time, nothing foreign in it, nothing left out."""

import base64
import hashlib
import html
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_run import ARMS, Fake, Make

from shiftprobe.core.errors import RunError
from shiftprobe.report import write
from shiftprobe.report.kit.wording import DASH

HOSTILE = ("<script>alert(1)</script>", '" onload="alert(1)', "'>{{ 7*7 }}", "\u202etxt.exe", "\U0001f600" + "n" * 300)


class Reader(HTMLParser):
    """Every tag with its attributes, and the visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(run: Path) -> str:
    return write(run).read_text("utf-8")


def test_the_same_folder_gives_the_same_bytes(make_run: Make) -> None:
    run = make_run()
    first = write(run).read_bytes()
    assert write(run).read_bytes() == first
    assert [path.name for path in run.iterdir() if path.suffix == ".tmp"] == []


def test_times_and_arguments_of_the_environment_stay_out(make_run: Make) -> None:
    page = page_of(make_run())
    assert "2030-01-01" not in page
    assert "elsewhere" not in page


def test_the_policy_comes_first_and_allows_exactly_our_own_texts(make_run: Make) -> None:
    page = page_of(make_run())
    reader = Reader(page)
    assert reader.tags[reader.tags.index(("head", {})) + 1][1]["http-equiv"] == "Content-Security-Policy"
    policy = reader.named("meta")[0]["content"] or ""
    assert policy.startswith("default-src 'none'; img-src data:; ")
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_nothing_points_outside(make_run: Make) -> None:
    page = page_of(make_run())
    assert not re.search(r"https?:", page)
    for _, attributes in Reader(page).tags:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href", "xlink:href", "srcset", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/"))


def test_hostile_names_are_text_and_nothing_else(make_run: Make) -> None:
    fake = Fake(shifts=HOSTILE, taps=HOSTILE, classes=HOSTILE, severities=(0.0, 1.0))

    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["command"] = f"shiftprobe sweep {HOSTILE[0]}"
        summary["failed"] = [{"cell": name, "error": name} for name in HOSTILE]
        summary["skipped_arms"] = dict.fromkeys(HOSTILE, HOSTILE[1])
        summary["verdict"]["sentence"] = HOSTILE[0]

    page = page_of(make_run(fake, changes))
    reader = Reader(page)
    assert len(reader.named("script")) == 1
    assert all("onload" not in attributes for _, attributes in reader.tags)
    assert html.escape(HOSTILE[0]) in page
    assert "{{ 7*7 }}" in reader.text
    assert "\u202e" not in page
    assert "\\u202etxt.exe" in reader.text
    headings = re.findall(r"<h3[^>]*>(.*?)</h3>", page)
    assert max(len(re.sub(r"<[^>]+>", "", heading)) for heading in headings) < 80


def test_every_arm_shift_and_severity_has_its_number(make_run: Make) -> None:
    fake = Fake()
    text = Reader(page_of(make_run(fake))).text
    for word in (
        *ARMS,
        *fake.shifts,
        *fake.taps,
        f"98.0 ({DASH})",
        "93.0 (1.0)",
        "97.0 (1.0)",
        "+4.0",
        "±5.5",
        "44",
    ):
        assert word in text
    for word in ("+4.0", "+1.0 to +7.0", "±5.5", "44"):
        assert word in text
    assert "n = 3 \N{MULTIPLICATION SIGN} 1,000" in text


def test_a_missing_number_is_na_with_its_reason(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:
        for point in summary["points"]:
            if point["arm"] == "scratch" and point["severity"] == 0.5:
                point.update(
                    mean=None, std=None, n=0, values=[], low=None, high=None, images=None, reason="loss was NaN"
                )
        for contrast in summary["contrasts"]:
            if contrast["severity"] == 0.5:
                contrast.update(
                    dict.fromkeys(("difference", "low", "high", "p_holm", "seeds_needed")), reason="no pair"
                )
        for row in rows:
            if row["tap"] == "blocks.1":
                row.update(value=None, low=None, high=None, reason="features hold NaN")

    text = Reader(page_of(make_run(changes=changes))).text
    assert text.count("n/a") > 10
    for reason in ("loss was NaN", "no pair", "features hold NaN"):
        assert reason in text
    assert "None" not in re.sub(r"None\.", "", text)
    assert not re.search(r"\bnan\b", text)


SHAPES: dict[str, Fake] = {
    "one seed": Fake(seeds=1),
    "one severity and no shift": Fake(severities=(0.0,), shifts=()),
    "three budgets": Fake(budgets=(50, 300, 900)),
    "no probes": Fake(taps=()),
    "an older run": Fake(budgets=(50, 300), compared=False),
    "budgets alone": Fake(shifts=(), severities=(0.0,), budgets=(50, 300, 900)),
    "photos, many taps": Fake(taps=tuple(f"features.{i}.conv" for i in range(24)), side=224, channels=3),
}


@pytest.mark.parametrize("fake", SHAPES.values(), ids=SHAPES.keys())
def test_runs_of_every_shape_have_a_page_under_its_budget(make_run: Make, fake: Fake) -> None:
    path = write(make_run(fake))
    assert path.stat().st_size < 3_000_000
    page = path.read_text("utf-8")
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    for svg in re.findall(r'<svg[^>]*role="img"[^>]*>(.*?)</svg>', page, re.DOTALL):
        title, finding = re.match(r"<title[^>]*>(.*?)</title><desc[^>]*>(.*?)</desc>", svg, re.DOTALL).groups()  # type: ignore[union-attr]
        assert title
        assert finding


def test_one_seed_prints_a_dash_and_says_why_there_is_no_interval(make_run: Make) -> None:
    text = Reader(page_of(make_run(Fake(seeds=1)))).text
    assert f"97.0 ({DASH})" in text
    assert "one seed has no spread" in text


def test_a_difference_that_holm_does_not_confirm_is_never_called_better_alone(make_run: Make) -> None:
    page = page_of(make_run())
    assert "better (uncorrected)" in page
    uncorrected = [row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if ">0.200<" in row]
    assert uncorrected
    assert not any(re.search(r"> better<", row) for row in uncorrected)


def unlinked(page: str) -> str:
    """The page without the links to its glossary."""
    return re.sub(r'<a class="term"[^>]*>([^<]*)</a>', r"\1", page)


Break = Callable[[Path], object]
BROKEN: dict[str, tuple[Break, str]] = {
    "missing": (lambda run: (run / "summary.json").unlink(), "no such file"),
    "cut": (lambda run: (run / "results.json").write_text("[{"), "wanted JSON"),
    "nan": (lambda run: (run / "spec.json").write_text('{"a": NaN}'), "the number NaN"),
    "foreign": (lambda run: (run / "summary.json").write_text('{"name": 1}'), "Field required|valid string"),
    "curves": (lambda run: (run / "curves.json").write_text('[{"seed": 1}]'), "Field required"),
    "gallery": (lambda run: (run / "gallery" / "gallery.json").write_text("["), "wanted JSON"),
    "image": (lambda run: (run / "samples" / "identity~0.0.npz").write_bytes(b"PK"), "sample images"),
}


@pytest.mark.parametrize(("damage", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_damaged_folder_is_refused_and_the_old_page_stays(make_run: Make, damage: Break, said: str) -> None:
    run = make_run()
    before = write(run).read_bytes()
    damage(run)
    with pytest.raises(RunError, match=said):
        write(run)
    assert (run / "report.html").read_bytes() == before
