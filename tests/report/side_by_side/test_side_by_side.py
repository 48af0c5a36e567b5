"""Several runs on one page: what differs, what forbids to compare, and claims only where intervals are apart."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW
from tests.report.fake_answers import IMAGES, write_answers
from tests.report.fake_run import Fake, write_run
from tests.report.run.test_page import HOSTILE, Reader
from tests.report.run.test_report_markdown import OURS, rendered, tags

from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.core.types import UNSHIFTED, Cell
from shiftprobe.report.side_by_side import between, findings, reading
from shiftprobe.report.side_by_side.page import write_many, write_markdown
from shiftprobe.results.findings import Answers, read_answers
from shiftprobe.results.run_folder import RunDir


def answers(run: Path, seed: int) -> Answers | None:
    return read_answers(RunDir(run), Cell("identity", 0.0, 300, seed))


Changes = Callable[[dict[str, Any], list[Any]], None]


def made(
    path: Path, fake: Fake | None = None, changes: Changes | None = None, rate: float = 0.9, salt: int = 0, **spec: Any
) -> Path:
    """A run with answers, of which transfer has `rate` right; `spec` changes keys of its spec."""
    fake = fake or Fake()
    run = write_run(path, fake, changes)
    (run / "about.json").write_text("{}")
    if fake.compared:
        write_answers(run, fake, rate=rate, salt=salt)
    told = json.loads((run / "spec.json").read_text())
    (run / "spec.json").write_text(json.dumps({**told, **spec}))
    return run


def moved(by: float, *, margin: float = 0.01, target: str = "digits:mnist") -> Changes:
    """Every difference and every accuracy of transfer, moved."""

    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        headline = summary["verdict"]["contrast"]
        for one in (headline, *summary["contrasts"]):
            one.update({key: one[key] + by for key in ("difference", "low", "high")})
        for one in summary["points"]:
            if one["arm"] == "transfer":
                one.update(
                    {key: one[key] + by for key in ("mean", "low", "high")}, values=[v + by for v in one["values"]]
                )
        summary["margin"] = margin
        summary["data"]["target"]["name"] = target

    return changes


@pytest.fixture
def pair(tmp_path: Path) -> list[Path]:
    return [made(tmp_path / "one"), made(tmp_path / "two", None, moved(-0.3), 0.6, train={"epochs": 8, "lr": 0.002})]


def test_only_keys_that_differ_are_named(pair: list[Path]) -> None:
    assert reading.differing(reading.read_many(pair)) == (("train.epochs", ("20", "8")),)
    assert reading.differing(reading.read_many([pair[0], made(pair[0].parent / "same")])) == ()


def test_sentences_carry_both_sources_of_error(pair: list[Path]) -> None:
    runs = reading.read_many(pair)
    assert findings.headline(runs) == "2 runs: better in A and B"
    said = findings.apart(runs)
    assert said.startswith("What transfer adds to scratch is larger in A than in B, by +30")
    assert "over test images" in said
    assert "over seeds" in said
    gains, accuracies = findings.along(runs, "gaussian_noise")
    assert gains.startswith("The gains differ at severity 0, 0.25, 0.5 and 2 more; most at ")
    assert accuracies.startswith("transfer reaches different accuracies at severity 0, 0.25, 0.5 and 2 more")


def test_runs_that_differ_by_luck_are_not_told_apart(tmp_path: Path) -> None:
    runs = reading.read_many([made(tmp_path / "one"), made(tmp_path / "two", None, moved(-0.045), salt=1)])
    assert findings.apart(runs) == ""
    assert findings.along(runs, "gaussian_noise") == ()


def test_images_are_paired_where_intervals_of_two_accuracies_meet(tmp_path: Path) -> None:
    first, second = reading.read_many([made(tmp_path / "one"), made(tmp_path / "two", None, moved(-0.02), 0.88)])
    found = between.accuracies(first, second, UNSHIFTED, "transfer")
    assert found is not None
    a, b = (
        np.array([one.right("transfer") for seed in range(3) if (one := answers(path, seed)) is not None])
        for path in (tmp_path / "one", tmp_path / "two")
    )
    by_hand = DescrStatsW(np.append(a.mean(axis=0) - b.mean(axis=0), [1, -1])).tconfint_mean()
    assert found.images == pytest.approx(by_hand, abs=1e-12)
    assert found.images[0] > 0
    seeds = CompareMeans(DescrStatsW(a.mean(axis=1)), DescrStatsW(b.mean(axis=1)))
    assert found.seeds == pytest.approx(seeds.tconfint_diff(usevar="unequal"), abs=1e-12)
    single = [proportion_confint(table[0].sum(), IMAGES, method="wilson") for table in (a, b)]
    assert single[0][0] < single[1][1]  # each alone leaves the question open
    turned = between.accuracies(second, first, UNSHIFTED, "transfer")
    assert turned is not None
    assert turned.images == pytest.approx([-end for end in reversed(found.images)], abs=1e-12)


def test_one_seed_on_one_side_tells_nothing_and_no_seed_on_both_leaves_the_images(tmp_path: Path) -> None:
    first, second = reading.read_many([made(tmp_path / "one"), made(tmp_path / "two", Fake(seeds=1), rate=0.6)])
    one = between.accuracies(first, second, UNSHIFTED, "transfer")
    assert one is not None
    assert not one.clear
    still = between.accuracies(first, second, UNSHIFTED, "zero_shot")
    assert still is not None
    assert still.seeds is None


FORBIDDEN: dict[str, tuple[Fake, Changes, str]] = {
    "target": (Fake(), moved(0.0, target="folder:other"), "targets differ (A: digits:mnist, B: folder:other)"),
    "margin": (Fake(), moved(0.0, margin=0.02), "margins differ (A: \N{PLUS-MINUS SIGN}1, B: \N{PLUS-MINUS SIGN}2"),
    "budget": (Fake(budgets=(50, 900)), moved(0.0), "label budgets differ (A: 300, B: 50 and 900)"),
    "conditions": (Fake(severities=(0.0, 1.0)), moved(0.0), "conditions differ"),
    "test images": (Fake(classes=tuple("abcdefghij")), moved(0.0), "test images differ"),
}


@pytest.mark.parametrize(("fake", "changes", "said"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_forbids_a_comparison_is_a_plain_warning(tmp_path: Path, fake: Fake, changes: Changes, said: str) -> None:
    runs = reading.read_many([made(tmp_path / "one"), made(tmp_path / "two", fake, changes)])
    assert sum(said in one for one in reading.warnings(runs)) == 1


def test_runs_alike_have_no_warning_and_one_test_set(pair: list[Path]) -> None:
    runs = reading.read_many(pair)
    assert reading.warnings(runs) == ()
    assert reading.test_sets(runs).startswith("All runs are judged on the same 1,000 test images")


def test_other_labels_are_another_test_set_and_no_answers_leave_it_open(pair: list[Path]) -> None:
    fake = Fake()
    write_answers(pair[1], fake, images=500)
    runs = reading.read_many(pair)
    assert reading.same_test(*runs) is False
    assert reading.test_sets(runs) == "The test images of B are not those of A."
    assert findings.apart(runs) == ""
    for path in (pair[1] / "probes" / "accuracy").glob("*/arrays.npz"):
        shutil.rmtree(path.parent)
    assert reading.same_test(*reading.read_many(pair)) is None


def test_accuracies_on_test_sets_that_are_not_known_to_agree_are_not_compared(pair: list[Path]) -> None:
    for path in (pair[1] / "probes" / "accuracy").glob("*/arrays.npz"):
        shutil.rmtree(path.parent)
    assert not any("reaches" in said for said in findings.along(reading.read_many(pair), "gaussian_noise"))


def test_the_page_is_one_file_with_the_same_bytes_that_loads_nothing(pair: list[Path], tmp_path: Path) -> None:
    file = tmp_path / "pages" / "compared.html"
    assert write_many(pair, file) == "2 runs: better in A and B"
    first = file.read_bytes()
    write_many(pair, file)
    assert file.read_bytes() == first
    page = first.decode()
    reader = Reader(page)
    assert reader.tags[reader.tags.index(("head", {})) + 1][1]["http-equiv"] == "Content-Security-Policy"
    assert not re.search(r"https?:|\bstyle=|<[^>]+\son\w+=", page)
    links = [one["href"] or "" for one in reader.named("a")]
    assert [one for one in links if not one.startswith("#")] == ["../one/report.html", "../two/report.html"]
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert page.count('class="chart"') == 1 + 2 * 2
    assert "97.0 (1.0)" in reader.text
    assert "None" not in reader.text


def test_three_runs_of_other_shapes_stand_side_by_side(tmp_path: Path) -> None:
    fakes = (
        Fake(),
        Fake(shifts=("gaussian_blur", "contrast"), severities=(0.0, 1.0)),
        Fake(shifts=(), severities=(0.0,)),
    )
    runs = [made(tmp_path / f"r{i}", fake) for i, fake in enumerate(fakes)]
    assert reading.shared(reading.read_many(runs)) == ("gaussian_blur",)
    write_many(runs, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text().count('class="chart"') == 1 + 2


def test_hostile_names_stay_text_on_the_page_and_in_markdown(tmp_path: Path) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary.update(name=HOSTILE[0], digest=HOSTILE[1])
        summary["data"]["target"]["name"] = HOSTILE[2]

    fake = Fake(shifts=HOSTILE, severities=(0.0, 1.0), compared=False)
    runs = [made(tmp_path / "a b", fake, changes), made(tmp_path / "<b>", fake, moved(-0.3), name=HOSTILE[1])]
    write_many(runs, tmp_path / "page.html")
    reader = Reader((tmp_path / "page.html").read_text())
    assert len(reader.named("script")) == 1
    assert "../" not in "".join(one["href"] or "" for one in reader.named("a"))
    write_markdown(runs, tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text()
    assert tags(rendered(text)) <= OURS
    assert "[A](a%20b/report.html) [B](%3Cb%3E/report.html)" in text


def test_what_is_no_comparison_is_refused_in_one_line(pair: list[Path], tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="wanted 2 to 12 runs to compare, got 1"):
        reading.read_many(pair[:1])
    with pytest.raises(SpecError, match=r"got this folder twice; name each once"):
        reading.read_many([pair[0], pair[0].parent / "two" / ".." / "one"])
    with pytest.raises(RunError, match=r"wanted a run folder \(with about.json\)"):
        reading.read_many([pair[0], tmp_path])
