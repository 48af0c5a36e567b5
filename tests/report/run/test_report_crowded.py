"""Many shifts, or none: what is folded, what is left out, and that the page stays light."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_run import Fake, Make, write_run
from tests.report.run.test_page import Reader, page_of, unlinked

from shiftprobe.report import write
from shiftprobe.report.kit import svg, wording
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import sections
from shiftprobe.report.run.page import render

PLAIN = tuple(
    f"{first}_{last}" for first in ("gaussian", "shot", "motion", "zoom") for last in ("noise", "blur", "fog")
)
SHIFTS = (*PLAIN, *(f"{one}*0.5+contrast=0.3" for one in PLAIN), *(f"{one}+gaussian_blur+rotation" for one in PLAIN))
MANY = Fake(shifts=(*SHIFTS, *"wxyz"), severities=(0.0, 0.25, 0.5, 0.75, 1.0), side=96, channels=3, scaled=True)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(write_run(tmp_path_factory.mktemp("crowded") / "run", MANY))


def test_forty_shifts_make_a_page_under_its_budget(crowded: Path) -> None:
    assert len(MANY.shifts) == 40
    assert crowded.stat().st_size < 3_000_000
    assert page_of(crowded.parent).encode() == crowded.read_bytes()


def test_panels_beyond_twelve_are_folded_in_the_order_of_the_run(crowded: Path) -> None:
    page = crowded.read_text("utf-8")
    dial = page[page.index('<section id="dial"') : page.index('<section id="kinds"')]
    shown, folded = dial.split('<details class="fold">')
    names = [re.findall(r'<h3 title="([^"]+)">', part) for part in (shown, folded)]
    assert [len(part) for part in names] == [sections.FOLD, 40 - sections.FOLD]
    assert (*names[0], *names[1]) == MANY.shifts
    assert "The other 28 shifts, from <b>gaussian_noise*…5+contrast=0.3</b> to <b>z</b>" in folded
    assert page.count('<details class="fold">') == 2  # and those inside the checkpoint


def test_the_map_leads_to_every_panel(crowded: Path) -> None:
    page = crowded.read_text("utf-8")
    targets = re.findall(r'<th scope="row" title="[^"]+"><a href="#([^"]+)">', page)
    assert len(targets) == 40
    assert all(f'<article class="card" id="{target}">' in page for target in targets)
    assert '<table class="map dense">' in page


def test_the_map_leads_to_the_largest_budget(make_run: Make) -> None:
    page = page_of(make_run(Fake(budgets=(50, 300))))
    assert re.findall(r'<a href="#(d\d-\d)">', page) == ["d1-0", "d1-1"]


def test_long_names_are_cut_in_the_middle_and_whole_in_the_title(crowded: Path) -> None:
    long = "gaussian_noise+gaussian_blur+rotation"
    head = re.search(f'<th scope="row" title="{re.escape(long)}"><a[^>]*>(.*?)</a>', crowded.read_text("utf-8"))
    assert head
    assert head.group(1) == "gaussian_noise+…_blur+rotation"


def test_what_stands_in_words_is_not_said_twice(crowded: Path, make_run: Make) -> None:
    tip = "<title>severity 0.5: transfer"
    assert tip not in crowded.read_text("utf-8")
    assert tip in page_of(make_run())


def test_the_reason_of_a_missing_value_outlives_its_neighbours() -> None:
    figure = svg.chart("i", 9.0, "name", "said", svg.tag("title", "n/a, <lost>"), svg.tag("title", "0.3"))
    assert re.findall(r"<title[^>]*>([^<]*)<", svg.without_tips(figure)) == ["name", "n/a, &lt;lost&gt;"]


def test_of_many_shifts_the_largest_severity_alone_is_read_out(crowded: Path) -> None:
    assert (
        re.findall(r"Linear readout along the depth at severity (\S+)", Reader(crowded.read_text("utf-8")).text)
        == ["1"] * 40
    )


def test_a_table_too_long_for_the_page_is_left_to_the_file(make_run: Make) -> None:
    page = page_of(make_run(Fake(shifts=PLAIN, taps=tuple(f"blocks.{i}" for i in range(24)), severities=(0.0, 1.0))))
    assert "Linear readout accuracy: 576 rows are too many for this page; results.csv" in Reader(page).text
    assert "CKA, clean against shifted images: 288 rows are too many for this page" in Reader(page).text


STILL = Fake(shifts=(), severities=(0.0,))


def test_where_nothing_varies_there_is_no_dial(make_run: Make) -> None:
    path = make_run(STILL)
    assert sections.dials(read(path)) == ()
    page = unlinked(page_of(path))
    for gone in ('id="dial"', 'href="#dial"', "data-slider", "How far does it carry?", "all conditions", "on the dial"):
        assert gone not in page
    assert "Chance, one in 10 classes: 10.0 %" in page
    assert page.index('id="arms"') < page.index("Chance, one in") < page.index('id="images"')
    assert "On the source's own test images the checkpoint reaches" in page


def test_where_nothing_was_compared_the_findings_stand_with_the_numbers(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["contrasts"], summary["best"] = [], None

    page = unlinked(page_of(make_run(STILL, changes)))
    assert 'id="arms"' not in page
    assert page.index('id="numbers"') < page.index("Chance, one in")


def test_where_only_the_budget_varies_the_section_is_about_labels(make_run: Make) -> None:
    page = page_of(make_run(Fake(shifts=(), severities=(0.0,), budgets=(50, 300))))
    assert '<a href="#dial">Labels</a>' in page
    assert "How many labels does it take?" in page
    for gone in ("How far does it carry?", "drifts away", "The slider moves", "scratch, all conditions"):
        assert gone not in page


def test_severities_without_a_dose_above_zero_are_no_dial(make_run: Make) -> None:
    page = page_of(make_run(Fake(severities=(0.0,))))
    assert 'id="dial"' not in page
    assert 'class="map' not in page


def test_without_a_shift_no_similarity_is_shown(make_run: Make) -> None:
    run = read(make_run(STILL))
    (one,) = sections.depths(run)
    assert one.similarity is None
    assert len(one.readouts) == 1
    page = render(run)
    assert "CKA" not in page[page.index("<main") : page.index('<section id="words"')]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("interval -0.3 to -.5 (-1)", "interval −0.3 to −.5 (−1)"),  # noqa: RUF001 - a real minus
        ("--tune lr=1e-3,3e-3, resnet-18, 900-1000", "--tune lr=1e-3,3e-3, resnet-18, 900-1000"),
        ("a - b", "a - b"),
    ],
)
def test_a_hyphen_before_a_number_is_a_minus(text: str, shown: str) -> None:
    assert wording.signed(text) == shown


def test_the_headline_has_a_real_minus(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["verdict"].update(sentence="Apart by -0.3 points.", detail="At worst -2.5 points.")
        summary["best"]["verdict"]["sentence"] = "At best -0.1 points."

    text = Reader(page_of(make_run(changes=changes))).text
    for said in ("Apart by", "At worst", "At best"):
        assert re.search(f"{said} \N{MINUS SIGN}\\d", text)
