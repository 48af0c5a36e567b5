"""What a comparison of two arms puts on the page: numbers, curves, label worth, chance."""

import re
from dataclasses import replace
from typing import Any

import pytest
from tests.report import fake_pair
from tests.report.fake_run import Fake, Make
from tests.report.run.test_page import Reader, page_of, unlinked

from shiftprobe.report.kit import charts, svg
from shiftprobe.report.kit.reading import read
from shiftprobe.report.kit.table import Table
from shiftprobe.report.run import arms, curves, training
from shiftprobe.results.model import ArmPoint

BUDGETS = Fake(shifts=(), severities=(0.0,), budgets=(50, 100, 300))
NEW = ("arms", "images", "curves")


def words_of(table: Table) -> list[list[str]]:
    return [[entry.main for entry in row] for row in table.rows]


def test_a_folder_without_the_new_files_has_none_of_the_new_sections(make_run: Make) -> None:
    page = page_of(make_run(Fake(compared=False)))
    assert 'id="images"' not in page
    assert "Not converged" not in page
    assert 'id="curves"' not in page
    assert "Hyper-parameters of every arm" not in page
    assert "best epoch" not in Reader(page).text.split("Words")[0]


def test_the_new_sections_come_in_order_and_in_the_bar(make_run: Make) -> None:
    page = page_of(make_run())
    places = [page.index(f'<section id="{name}"') for name in (*NEW, "dial")]
    assert places == sorted(places)
    assert all(f'<a href="#{name}">' in page for name in NEW)


def test_table_1_has_a_row_per_arm_and_both_metrics(make_run: Make) -> None:
    found = arms.section(read(make_run(BUDGETS)))
    assert found
    assert "300 labelled images per arm" in found.table.caption
    assert [head for head, _ in found.table.heads] == ["arm", "matched epoch", "best epoch", "seeds", "images"]
    assert words_of(found.table) == [
        ["zero_shot", "98.0 (–)", "n/a", "–", "1,000"],  # noqa: RUF001 - a dash, as tables print it
        ["scratch", "93.0 (1.0)", "93.4 (1.0)", "3", "1,000"],
        ["transfer", "97.0 (1.0)", "97.4 (1.0)", "3", "1,000"],
        ["transfer − scratch", "+4.0 points", "+4.0 points", "3", ""],  # noqa: RUF001 - a real minus
    ]
    assert found.table.rows[-1][1].small == ("better", "+1.0 to +7.0 over seeds", "+2.8 to +5.3 over images")


@pytest.mark.parametrize(("word", "warned"), [("inconclusive", True), ("better", False)])
def test_a_verdict_that_moves_with_the_epoch_is_warned_of(make_run: Make, word: str, warned: bool) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["best"]["verdict"]["word"] = word

    page = page_of(make_run(changes=changes))
    assert ("The two ways to choose the epoch give different verdicts." in page) is warned
    assert "At best nobody can tell." in page


def test_every_seed_has_its_row(make_run: Make) -> None:
    found = arms.section(read(make_run()))
    assert found
    (duel,) = found.duels
    assert duel.seeds
    assert words_of(duel.seeds)[0] == ["0", "96.9", "92.6", "+4.3", "31", "12", "< 0.001"]
    assert len(duel.seeds.rows) == 3
    assert "Pairing by seed narrowed the 95 % interval from ±5.1 to ±3.0 points (n = 3 seeds)." in duel.said


def test_counts_that_are_missing_are_na_with_a_reason(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        for one in summary["contrasts"]:
            for pair in one["per_seed"]:
                pair.update(dict.fromkeys((*fake_pair.KEYS, "p")))

    found = arms.section(read(make_run(changes=changes)))
    assert found
    assert found.duels[0].seeds
    assert words_of(found.duels[0].seeds)[0][-3:] == ["n/a"] * 3
    assert found.duels[0].seeds.notes == (arms.NO_COUNTS,)


def test_three_intervals_stand_on_one_axis(make_run: Make) -> None:
    found = arms.section(read(make_run()))
    assert found
    drawn = found.duels[0].figures[1]
    assert "over seeds, paired +1.0 to +7.0; seeds unpaired −1.1 to +9.1; over test images +2.8 to +5.3" in drawn  # noqa: RUF001
    ends = [
        float(x) for x in re.findall(r'<line x1="([\d.]+)" y1="[\d.]+" x2="\1"[^>]*class="(?:reach|interval)', drawn)
    ]
    assert len(ends) == 6
    seeds, unpaired, images = ends[:2], ends[2:4], ends[4:]
    assert unpaired[0] < seeds[0] < images[0] < images[1] < seeds[1] < unpaired[1]


def test_one_seed_has_no_interval_over_seeds(make_run: Make) -> None:
    found = arms.section(read(make_run(Fake(seeds=1))))
    assert found
    assert "over seeds, paired no interval" in found.duels[0].figures[1]
    assert not any("Pairing" in said for said in found.duels[0].said)


def test_curves_have_a_thin_line_per_seed_and_a_thick_one_per_arm(make_run: Make) -> None:
    found = curves.section(read(make_run(BUDGETS)))
    assert found
    assert found.panels[0].title == "50 labelled images: 40 to train on, 10 to validate"
    accuracy, loss = found.panels[0].figures
    for drawn, marks in ((accuracy, 6), (loss, 0)):
        assert len(re.findall('class="thin arm', drawn)) == 6
        assert len(re.findall('class="line arm', drawn)) == 2
        assert len(re.findall('class="best arm', drawn)) == marks
    assert any(
        "still improving at the last epoch in 2 of 3: a longer schedule" in said for said in found.panels[0].said
    )


def test_without_a_validation_part_only_the_loss_is_drawn(make_run: Make) -> None:
    run = read(make_run())
    bare = tuple(replace(one, validation=(), best_epoch=None) for one in run.curves)
    found = curves.section(replace(run, curves=bare))
    assert found
    assert ["Training loss per epoch" in figure for figure in found.panels[0].figures] == [True]


def test_a_gap_in_a_curve_is_not_bridged(make_run: Make) -> None:
    run = read(make_run(Fake(seeds=1)))
    (one, *_) = run.curves
    broken = replace(one, loss=(2.0, 1.0, None, 0.5, 0.4))
    drawn = curves.loss_curves("l", curves.epochs(5), [(one.arm, [broken])])
    assert [path.count("L") for path in re.findall(r'<path d="([^"]+)" class="thin', drawn)] == [1, 1]


@pytest.mark.parametrize(("count", "named"), [(1, "1"), (3, "1 2 3"), (20, "1 5 10 15 20"), (23, "1 5 10 15 20 23")])
def test_epochs_are_named_sparsely(count: int, named: str) -> None:
    assert " ".join(filter(None, curves.epochs(count).labels)) == named


def test_labels_have_their_worth_beside_the_dial(make_run: Make) -> None:
    path = make_run(BUDGETS)
    found = training.labels(read(path))
    assert found
    assert found.table
    assert words_of(found.table) == [
        ["50", "130", "105 to 165", "3"],
        ["100", "260", "210 to 330", "3"],
        ["300", "at least 300", "no end within the budgets", "3"],
    ]
    assert found.table.rows[-1][1].note == 1
    page = page_of(path)
    assert "equivalent from 300" in page
    assert found.sentence in unlinked(page)


def test_tuned_rates_and_hyperparameters_stand_under_how_it_was_made(make_run: Make) -> None:
    text = Reader(page_of(make_run())).text
    made = text[text.index("This command makes") :]
    for word in (
        "Hyper-parameters of every arm",
        "Adam",
        "Chosen on the validation part: lr of 0.001, 0.003",
        "lr 0.003",
    ):
        assert word in made


@pytest.mark.parametrize(
    ("lowest", "domain", "drawn"),
    [(0.13, (10.0, 100.0), True), (0.21, (10.0, 100.0), True), (0.35, (30.0, 100.0), False)],
)
def test_chance_is_drawn_where_it_costs_little(lowest: float, domain: tuple[float, float], drawn: bool) -> None:
    ends = charts.accuracy_domain([replace(POINT, mean=lowest, low=lowest, values=(lowest,))], {"chance": 0.1})
    assert ends == domain
    assert bool(charts.level_lines(svg.Scale(ends, (100.0, 0.0)), {"chance": 0.1})) is drawn


def test_round_ends_lie_close_around_the_data() -> None:
    assert svg.snug(98.4, 99.6, 5) == (98.0, 100.0)
    assert svg.snug(0.0, 100.0, 5) == (0.0, 100.0)
    low, high = svg.snug(97.0, 97.0, 5)
    assert low < 97.0 < high


POINT = ArmPoint(
    shift="identity", severity=0.0, budget=300, arm="transfer", mean=0.9, std=None, n=1, values=(0.9,), low=0.9,
    high=0.95, images=1000,
)  # fmt: skip


def test_trainings_that_stopped_too_early_are_warned_of_beside_the_verdict(make_run: Make) -> None:
    page = unlinked(page_of(make_run()))
    assert page.index("Not converged: scratch in 3 of 3 trainings. See the") < page.index('<section id="arms"')
