"""Several runs on one page: what differs, what forbids to compare, and claims only where intervals are apart."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_answers import write_answers
from tests.report.fake_run import Fake, write_run
from tests.report.run.test_page import HOSTILE, Reader
from tests.report.run.test_report_markdown import OURS, rendered, tags

from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.report.side_by_side import findings, reading
from shiftprobe.report.side_by_side.page import write_many, write_markdown

Changes = Callable[[dict[str, Any], list[Any]], None]


def made(path: Path, fake: Fake | None = None, changes: Changes | None = None, **spec: Any) -> Path:
    """A run with answers; `spec` changes keys of its spec."""
    fake = fake or Fake()
    run = write_run(path, fake, changes)
    (run / "about.json").write_text("{}")
    if fake.compared:
        write_answers(run, fake)
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
    return [made(tmp_path / "one"), made(tmp_path / "two", None, moved(-0.3), train={"epochs": 8, "lr": 0.002})]


def test_only_keys_that_differ_are_named(pair: list[Path]) -> None:
    assert reading.differing(reading.read_many(pair)) == (("train.epochs", ("20", "8")),)
    assert reading.differing(reading.read_many([pair[0], made(pair[0].parent / "same")])) == ()


def test_sentences_carry_both_intervals_where_they_are_apart(pair: list[Path]) -> None:
    runs = reading.read_many(pair)
    assert findings.headline(runs) == "2 runs: better in A and B"
    said = findings.apart(runs)
    assert "What transfer adds to scratch is larger in A than in B" in said
    assert "A +3.5 points (+1.0 to +6.0)" in said
    gains, accuracies = findings.along(runs, "gaussian_noise")
    assert gains.startswith("The gains differ at severity 0, 0.25, 0.5 and 0.75; most at ")  # at 1 they are too wide
    assert accuracies.startswith("transfer reaches different accuracies at severity 0, 0.25, 0.5 and 2 more")


@pytest.mark.parametrize("by", [-0.045, -0.02, 0.0, 0.045])
def test_nothing_is_said_where_intervals_meet(tmp_path: Path, by: float) -> None:
    runs = reading.read_many([made(tmp_path / "one"), made(tmp_path / "two", None, moved(by))])
    assert findings.apart(runs) == ""
    assert not [said for said in findings.along(runs, "gaussian_noise") if said.startswith("The gains")]


def test_accuracies_need_both_seeds_and_images_apart(tmp_path: Path) -> None:
    # test-image intervals are 2.7 points wide, seeds 2 points: 2.5 parts the seeds alone
    for by, said in ((-0.025, 0), (-0.03, 1)):
        runs = reading.read_many([made(tmp_path / f"a{by}"), made(tmp_path / f"b{by}", None, moved(by))])
        assert len([one for one in findings.along(runs, "gaussian_blur") if "reaches" in one]) == said


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
        path.unlink()
    assert reading.same_test(*reading.read_many(pair)) is None


def test_accuracies_on_test_sets_that_are_not_known_to_agree_are_not_compared(pair: list[Path]) -> None:
    for path in (pair[1] / "probes" / "accuracy").glob("*/arrays.npz"):
        path.unlink()
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
