"""Class by class: numbers against a plain count, the interval against its reference, claims only where allowed."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.report.fake_answers import IMAGES, labels_of, write_answers
from tests.report.fake_run import Fake, Make
from tests.report.run.test_page import HOSTILE, Reader, page_of

from shiftprobe.core.types import Cell
from shiftprobe.report.kit.per_class import Classes, ClassRequest, _p, read_classes
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import classes
from shiftprobe.results.findings import read_answers
from shiftprobe.results.run_folder import RunDir
from shiftprobe.stats import benjamini_hochberg, image_interval


def asked(fake: Fake, **changes: object) -> ClassRequest:
    whole: dict[str, object] = {
        "shifts": fake.shifts, "severity": max(fake.severities), "budget": max(fake.budgets),
        "seeds": range(fake.seeds), "arms": ("zero_shot", "scratch", "transfer"), "names": fake.classes,
        "pair": ("transfer", "scratch"),
    }  # fmt: skip
    return ClassRequest(**(whole | changes))  # type: ignore[arg-type] # the keys are above


def run_with(path: Path, fake: Fake, lost: int | None = None) -> tuple[Classes, ...]:
    write_answers(path, fake, lost=lost)
    return read_classes(path, asked(fake))


def test_every_number_is_a_plain_count_of_answers(tmp_path: Path) -> None:
    fake = Fake()
    found = run_with(tmp_path, fake)
    assert [(one.shifts, one.severity) for one in found] == [
        (("identity",), 0.0), (("gaussian_noise",), 1.0), (("gaussian_blur",), 1.0),
    ]  # fmt: skip
    counted = []
    for seed in range(3):
        answers = read_answers(RunDir(tmp_path), Cell("gaussian_blur", 1.0, 300, seed))
        assert answers is not None
        pairs = [(p, t) for p, t in zip(answers.predicted["scratch"], answers.labels, strict=True) if t == 4]
        counted.append(sum(p == t for p, t in pairs) / len(pairs))
    four = found[2].classes[4]
    assert four.reached["scratch"] == pytest.approx(sum(counted) / 3)
    assert (four.name, four.images) == ("4", IMAGES // 10)
    assert found[2].seeds == {"zero_shot": 0, "scratch": 3, "transfer": 3}


def test_classes_add_up_to_the_whole(tmp_path: Path) -> None:
    fake = Fake()
    place = run_with(tmp_path, fake)[0]
    right = [read_answers(RunDir(tmp_path), Cell("identity", 0.0, 300, seed)) for seed in range(3)]
    whole = np.mean([np.mean(one.right("transfer")) for one in right if one])  # type: ignore[arg-type] # it is there
    assert np.average(
        [one.reached["transfer"] for one in place.classes], weights=[one.images for one in place.classes]
    ) == (pytest.approx(float(whole)))


def test_the_gap_is_the_paired_interval_over_the_images_of_the_class(tmp_path: Path) -> None:
    fake = Fake()
    place = run_with(tmp_path, fake, lost=3)[0]
    here = labels_of(fake) == 3
    answers = [read_answers(RunDir(tmp_path), Cell("identity", 0.0, 300, seed)) for seed in range(3)]
    a, b = (np.array([one.right(arm)[here] for one in answers if one]) for arm in ("transfer", "scratch"))  # type: ignore[index] # there
    wanted, gap = image_interval(a, b), place.classes[3].gap
    assert gap is not None
    assert (gap.difference, gap.low, gap.high) == pytest.approx((wanted.difference, wanted.low, wanted.high))
    assert gap.seeds == pytest.approx(list(a.mean(axis=1) - b.mean(axis=1)))


def test_p_and_interval_agree_about_0() -> None:
    rng = np.random.default_rng(0)
    sides = set()
    for chance in np.linspace(0.55, 0.95, 60):
        a, b = rng.random((3, 40)) < chance, rng.random((3, 40)) < 0.75
        found = image_interval(a, b)
        p = _p(a.mean(axis=0) - b.mean(axis=0))
        assert (p < 0.05) == (found.low > 0 or found.high < 0)
        sides.add(p < 0.05)
    assert sides == {True, False}


@pytest.mark.parametrize("images", [8, 40])
def test_false_alarms_stay_at_their_level(images: int) -> None:
    rng = np.random.default_rng(1)
    p = [_p(np.subtract(*(rng.random((2, 3, images)) < 0.85).mean(axis=1))) for _ in range(2000)]
    assert np.mean(np.array(p) < 0.05) <= 0.06


def test_the_correction_counts_every_class_at_every_place(tmp_path: Path) -> None:
    found = run_with(tmp_path, Fake(), lost=3)
    gaps = [one.gap for place in found for one in place.classes if one.gap]
    assert len(gaps) == 30
    assert [gap.q for gap in gaps] == pytest.approx(benjamini_hochberg([gap.p for gap in gaps]))


def test_many_shifts_are_averaged_and_one_missing_leaves_the_arm_out(tmp_path: Path) -> None:
    fake = Fake(shifts=("a", "b", "c", "d"), severities=(0.0, 1.0))
    found = run_with(tmp_path, fake)
    assert [one.shifts for one in found] == [("identity",), fake.shifts]
    single = [read_classes(tmp_path, asked(fake, shifts=(name,)))[1].classes[2] for name in fake.shifts]
    four = found[1].classes[2]
    assert four.reached["transfer"] == pytest.approx(np.mean([one.reached["transfer"] for one in single]))
    assert four.gap is not None
    assert four.gap.difference == pytest.approx(np.mean([one.gap.difference for one in single if one.gap]))
    for path in (tmp_path / "probes" / "accuracy").glob("d~1.0~*"):
        shutil.rmtree(path)
    short = read_classes(tmp_path, asked(fake))[1]
    assert set(short.classes[0].reached) == {"zero_shot"}
    assert short.classes[0].gap is None


def test_answers_about_two_test_sets_are_not_mixed(tmp_path: Path) -> None:
    fake = Fake()
    write_answers(tmp_path, fake)
    other = tmp_path / "other"
    write_answers(other, fake, images=40)
    cell = "identity~0.0~b300~s1"
    (tmp_path / "probes" / "accuracy" / cell).rename(tmp_path / "gone")
    (other / "probes" / "accuracy" / cell).rename(tmp_path / "probes" / "accuracy" / cell)
    assert [one.shifts for one in read_classes(tmp_path, asked(fake))] == [("gaussian_noise",), ("gaussian_blur",)]


def test_a_class_that_loses_is_named_and_stands_first(make_run: Make) -> None:
    run = make_run()
    write_answers(run, Fake(), lost=3)
    found = classes.section(read(run))
    assert found is not None
    assert "behind scratch in 3 and ahead in 0. The largest loss among them: class 3 " in found.finding
    assert "in every one of 3 seeds; q < 0.001; exploratory" in found.finding
    assert [sheet.table.rows[0][0].main for sheet in found.sheets] == ["3", "3", "3"]
    assert found.family == 30


def test_nothing_is_said_where_nothing_is_shown(make_run: Make) -> None:
    run = make_run()
    write_answers(run, Fake())
    found = classes.section(read(run))
    assert found is not None
    assert found.finding == ""


def test_a_claim_needs_the_same_sign_in_every_seed(tmp_path: Path) -> None:
    from dataclasses import replace

    gap = run_with(tmp_path, Fake(), lost=3)[0].classes[3].gap
    assert gap is not None
    assert gap.shown == -1
    assert replace(gap, seeds=(*gap.seeds[:2], 0.0)).shown == 0
    assert replace(gap, q=0.06).shown == 0


def test_the_page_holds_the_tables_and_the_numbers_that_are_missing(make_run: Make) -> None:
    fake = Fake(classes=HOSTILE, severities=(0.0, 1.0))
    run = make_run(fake)
    write_answers(run, fake, lost=1)
    shutil.rmtree(run / "probes" / "accuracy" / "identity~0.0")
    page = page_of(run)
    reader = Reader(page)
    assert len(reader.named("script")) == 1
    assert classes.NO_ANSWERS in reader.text
    assert "smallest difference first" in reader.text
    assert 'href="#classes"' in page
    assert "None" not in reader.text.replace("None.", "")


def test_without_answers_there_is_no_section(make_run: Make) -> None:
    assert 'id="classes"' not in page_of(make_run())


def test_of_many_classes_the_last_are_left_out_and_counted(make_run: Make) -> None:
    fake = Fake(classes=tuple(f"class {i}" for i in range(150)), severities=(0.0, 1.0))
    run = make_run(fake)
    write_answers(run, fake)
    text = Reader(page_of(run)).text
    assert f"smallest difference first; {150 - 60} classes with a larger one are left out" in text


def test_a_class_is_compared_with_the_untouched_checkpoint_too(tmp_path: Path) -> None:
    fake = Fake()
    write_answers(tmp_path, fake)
    place = read_classes(tmp_path, asked(fake, pair=("transfer", "zero_shot")))[0]
    here = labels_of(fake) == 3
    still = read_answers(RunDir(tmp_path), Cell("identity", 0.0))
    told = [read_answers(RunDir(tmp_path), Cell("identity", 0.0, 300, seed)) for seed in range(3)]
    plain = np.mean(still.predicted["zero_shot"][here] == 3)  # type: ignore[union-attr] # it is there
    tuned = np.mean([np.mean(one.predicted["transfer"][here] == 3) for one in told if one])
    gap = place.classes[3].gap
    assert gap is not None
    assert gap.difference == pytest.approx(float(tuned - plain))
    assert len(gap.seeds) == 3
