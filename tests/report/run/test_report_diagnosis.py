"""The page of a run that was diagnosed: the cause first, the path with its numbers, what was not looked at."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.browsing import opened
from tests.report.known_runs import CASES, make
from tests.results.made_diagnoses import DIAGNOSES, LEFT, NEXT, STATISTICS, STRONG, TWO, refused, tried
from tests.results.test_prose import reworded

from shiftprobe.report import write
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import diagnosis, diagnosis_chart
from shiftprobe.report.run.page import render
from shiftprobe.results.diagnosis import Diagnosis, Effect
from shiftprobe.results.diagnosis_file import write_diagnosis
from shiftprobe.results.diagnosis_path import steps
from shiftprobe.results.run_folder import RunDir


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> ReadRun:
    return read(make(CASES[1], tmp_path_factory.mktemp("plain") / "run").parent)


def page_with(run: ReadRun, found: Diagnosis | None) -> str:
    return " ".join(render(replace(run, diagnosis=found)).split())


def text_of(page: str) -> str:
    main = page[page.index("<main") : page.index('<section id="words"')]
    plain = re.sub(r"</?(?:a|code)\b[^>]*>", "", re.sub(r"<title>.*?</title>", "", main))
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", plain)).split())


@pytest.mark.parametrize("name", DIAGNOSES)
def test_every_kind_of_diagnosis_has_its_page(plain: ReadRun, name: str) -> None:
    found = DIAGNOSES[name]
    page = page_with(plain, found)
    said = text_of(page).replace("\N{MINUS SIGN}", "-")
    for one in (found.sentence, *(cause.claim for cause in found.causes), *(cause.do for cause in found.causes)):
        assert one in said
    for each in found.path:
        assert each.title in said
        if each.outcome == "not_possible":
            assert f"{each.title} ({each.reason})" in said
    for left in found.left:
        assert left.title in said
        assert left.why in said
    section = text_of("<main" + page[page.index('id="diagnosis"') : page.index('id="numbers"')] + '<section id="words"')
    assert not re.search(r"\b(?:nan|None)\b", section)
    assert "shiftprobe diagnose RUN" not in page


def test_the_first_screen_has_the_first_cause_with_grade_and_experiment(plain: ReadRun) -> None:
    page = page_with(plain, TWO)
    first = text_of(page[: page.index('id="diagnosis"')] + '<section id="words"')
    assert TWO.causes[0].claim in first
    assert "strong" in first
    assert "batch statistics re-estimated on the target, judged on the target: +37.4 points beyond its sham" in first
    assert TWO.causes[1].claim not in first
    assert DIAGNOSES["open"].sentence in text_of(page_with(plain, DIAGNOSES["open"]))


def test_a_run_that_was_not_diagnosed_says_how_in_one_line(plain: ReadRun) -> None:
    page = page_with(plain, None)
    assert page.count("<code>shiftprobe diagnose RUN</code>") == 1
    assert 'id="diagnosis"' not in page
    assert 'class="found"' not in page


def test_rules_are_called_readings_once_something_was_tried(plain: ReadRun) -> None:
    explained = replace(plain, summary=replace(plain.summary, why=_some_why()))
    before, after = page_with(explained, None), page_with(explained, STRONG)
    assert re.search(r'id="why-h">Why\?<', before)
    assert re.search(r'id="why-h">Readings<', after)
    assert after.index('id="diagnosis"') < after.index('id="why"')
    assert all("nothing was changed to test them" in page for page in (before, after))


def _some_why() -> Any:
    from shiftprobe.results.model import Explanation, Fact, Why

    evidence = (Fact(text="CKA .84"),)
    return Why(explanations=(Explanation(name="reused", claim="Reused.", grade="strong", evidence=evidence),))


def test_a_row_has_its_numbers(plain: ReadRun) -> None:
    page = page_with(plain, STRONG)
    row = page[page.index('<tr class="o-cause">') :].split("</tr>")[0]
    said = re.sub(r"<[^>]*>", " ", re.sub(r"<title>.*?</title>", "", row))
    for word in ("41.2 → 78.9 %", "sham 41.5 %", "+37.4", "+34.1 to +40.6", "91 %", "cause", "blocks.0.norm"):
        assert word in said


def test_rounds_are_steps_and_say_what_was_kept() -> None:
    cut = steps(TWO)
    assert [(one.at, one.round, len(one.tried)) for one in cut] == [
        ("home", 0, 4), ("target", 0, 5), ("target", 1, 3), ("target", 2, 1),
    ]  # fmt: skip
    assert [one.kept and one.kept.title for one in cut] == [None, STATISTICS.title, NEXT.title, None]


def test_what_is_named_in_the_last_round_is_not_said_to_be_kept() -> None:
    assert [one.kept for one in steps(DIAGNOSES["few"])] == [None]
    assert steps(Diagnosis(answer="open", sentence="Nothing.")) == ()


def test_the_picture_is_to_scale() -> None:
    scale = diagnosis_chart.axis_of([STATISTICS], (), "target")
    assert scale is not None
    row = diagnosis_chart.row(STATISTICS, scale, 0.822)
    dots = dict(re.findall(r"<title>(with(?:out)? it) [^<]*</title><circle cx=\"([\d.]+)\"", row))
    apart = float(dots["with it"]) - float(dots["without it"])
    low, high = scale.domain
    assert apart == pytest.approx((78.9 - 41.2) / (high - low) * 302, abs=0.2)
    assert low < 41.2
    assert high > 80.6


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_not_known_draws_nothing_and_breaks_nothing(plain: ReadRun, value: float | None) -> None:
    odd = replace(STATISTICS, before=value, sham=value, recovers=value, gap=value)
    if value is not None:
        odd = replace(odd, effect=Effect(value=value, low=value, high=value, n=0))
    page = page_with(plain, replace(STRONG, path=(*STRONG.path[:8], odd, *STRONG.path[9:])))
    section = page[page.index('id="diagnosis"') : page.index("What was not looked at")]
    assert not re.search(r"\b(?:nan|inf|None)\b", section)


def test_no_sentence_moves_what_is_drawn_or_named(plain: ReadRun) -> None:
    names = ("cause", "at", "name", "stage", "outcome", "grade", "answer")
    other = _reworded(TWO, names)
    assert other.path[8].title == "x"
    shapes = [_shape(diagnosis.section(replace(plain, diagnosis=one))) for one in (TWO, other)]
    assert shapes[0] == shapes[1]


def _reworded(found: Diagnosis, kept: tuple[str, ...]) -> Diagnosis:
    path = tuple(replace(reworded(one), **{key: getattr(one, key) for key in kept[:5]}) for one in found.path)
    causes = tuple(replace(reworded(one), name=one.name, grade=one.grade) for one in found.causes)
    gaps = tuple(replace(reworded(one), at=one.at) for one in found.gaps)
    return replace(found, sentence="x", path=path, causes=causes, gaps=gaps)


def _shape(found: diagnosis.ShownDiagnosis | None) -> tuple[object, ...]:
    assert found is not None
    rows = [
        (one.outcome, one.effect, one.interval, one.share, re.sub(r'aria-label="[^"]*"', "", one.picture))
        for step in found.steps
        for one in step.rows
    ]
    return (found.answer, rows, [one.grade for one in found.causes], [bool(step.kept) for step in found.steps])


def test_a_hostile_diagnosis_is_only_text(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>\x1b[2J\u202e"
    rows = (tried(bad, "target", 0.4, 0.5, details=(bad,), reason=bad), refused(bad, bad))
    causes = (replace(STRONG.causes[0], claim=bad, do=bad, experiment=0),)
    left = (replace(LEFT[0], title=bad, why=bad),)
    found = replace(STRONG, sentence=bad, path=rows, causes=causes, left=left, command=bad, condition=bad)
    run = make(CASES[1], tmp_path / "run").parent
    write_diagnosis(RunDir(run), found)
    page = write(run).read_text("utf-8")
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_many_rows_fold(plain: ReadRun) -> None:
    many = replace(STRONG, path=(*STRONG.path[:9], *(tried(f"way {i}", "target", 0.4, 0.4) for i in range(60))))
    assert "51 more of this step" in page_with(plain, many)


def test_nothing_runs_off_the_screen(browser: Any, tmp_path: Path) -> None:
    run = make(CASES[0], tmp_path / "run").parent
    long = tried("n" * 300, "target", 0.4, 0.5, details=("d" * 300,) * 20, reason="r" * 300)
    write_diagnosis(RunDir(run), replace(TWO, path=(*TWO.path, long, refused("m" * 300, "q" * 300))))
    path = write(run)
    for width in (390, 1280):
        page, said = opened(browser, path, width)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator(".next").bounding_box()["y"] < 800
        assert said == []
        if width == 390:
            wide = "[...document.querySelectorAll('#diagnosis .scroll')].filter(o => o.scrollWidth > o.clientWidth + 1)"
            assert page.evaluate(f"{wide}.length") == 0
        page.close()
