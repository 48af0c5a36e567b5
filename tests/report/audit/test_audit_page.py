"""An audit's page: what stands on it, what it refuses to claim, and that it is one file that loads nothing."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from tests.report.audit.pages import ALL, made, sections, text_of
from tests.report.fake_audit import CLASSES, verdicts, write_folder
from tests.report.fake_checks import SHIFTS, Plain, check

from shiftprobe.report.audit.page import write_audit

LOWEST = "Severity under gaussian_noise"
ALWAYS = ["checks", "data", "checkpoint", "policy", "made", "words"]


def test_every_section_stands_once_and_the_navigation_names_it(page: str) -> None:
    assert tuple(sections(page)) == ALL
    nav = re.search(r"<nav.*?</nav>", page, re.DOTALL)
    assert nav is not None
    assert re.findall(r'href="#(\w+)"', nav[0]) == ["main", *ALL]
    ids = re.findall(r'\sid="([\w-]+)"', page)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'href="#([\w-]+)"', page)) <= set(ids)


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_audit(write_folder(tmp_path / "one")).read_bytes()
    folder = write_folder(tmp_path / "two")
    (folder / "environment.json").write_text('{"started": "2030-01-01"}')
    assert write_audit(folder).read_bytes() == first == write_audit(folder).read_bytes()


def test_what_was_not_looked_at_has_no_section(tmp_path: Path) -> None:
    bare = made(tmp_path, data={**verdicts(), "shown": {}, "target": None})
    assert sections(bare) == ALWAYS
    assert "no target was given" in bare
    assert set(re.findall(r'href="#([\w-]+)"', bare)) <= set(re.findall(r'id="([\w-]+)"', bare))


def test_it_is_one_file_that_may_load_nothing(page: str) -> None:
    head = page[: page.index("<title>")]
    assert head.index("Content-Security-Policy") < head.index("<meta charset")
    policy = re.search(r'content="(default-src[^"]*)"', page)
    assert policy is not None
    for kind in ("style", "script"):
        (inside,) = re.findall(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        assert (
            f"{kind}-src &#39;sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}" in policy[1]
        )
    assert not re.search(r"https?:|\ssrc=\"(?!data:)|\son\w+=|style=\"", page)
    assert len(page) < 3_000_000


def test_the_verdict_stands_first_with_icon_word_sentence_and_three_numbers(page: str) -> None:
    answer = page[page.index("<header") : page.index("</header>")]
    assert re.search(r'class="badge b-k-fail">\s*<svg class="icon sign k-fail".*?<span>FAIL</span>', answer, re.DOTALL)
    assert (
        "<h1>1 of 9 gates fails: accuracy on digits:uci is 31.2&nbsp;% (28.2 to 34.2, n&nbsp;=&nbsp;800), below "
        "70&nbsp;%.</h1>" in answer
    )
    assert re.findall(r'class="number">([\d.]+) <span>(\S+)</span>', answer) == [
        ("31.2", "%"),
        ("97.0", "%"),
        ("71.0", "%"),
    ]
    labels = re.findall(r'class="label">.*?</svg> ([^<]+)</p>', answer)
    assert labels == ["Accuracy on digits:uci (target)", "Accuracy on digits:mnist (labelled data)", LOWEST]
    assert len(re.findall(r'class="basis">[^<]*n = 800 images', answer)) == 3
    assert answer.count('<svg class="track') == 3


def test_accuracy_on_both_sides_stands_on_the_first_screen_whatever_the_word_is(tmp_path: Path) -> None:
    unsure = check("target", "cannot tell", 0.71, threshold=0.7, gates=True)
    found = made(
        tmp_path, data={**verdicts(), "status": "cannot tell", "checks": [unsure, check("accuracy", "pass", 0.97)]}
    )
    answer = text_of(found[: found.index('<section id="checks"')])
    for said in ("31.2 %", "28.2 to 34.2", "97.0 %", "94.0 to 100.0"):
        assert said in answer


@pytest.mark.parametrize(
    ("status", "code", "word", "kind"), [("pass", 0, "PASS", "pass"), ("cannot tell", 3, "CANNOT TELL", "cannot")]
)
def test_every_verdict_has_its_badge(tmp_path: Path, status: str, code: int, word: str, kind: str) -> None:
    found = made(tmp_path, data={**verdicts(), "status": status, "exit_code": code, "sentence": f"{word}: so."})
    assert f'class="badge b-k-{kind}"' in found
    assert f"<span>{word}</span>" in found
    assert "<h1>So.</h1>" in found


def test_open_checks_stand_first_with_value_threshold_reason_fix_and_power(page: str) -> None:
    cards = re.findall(r'<li class="check card (k-\w+)".*?</li>', page, re.DOTALL)
    assert cards == ["k-fail", "k-cannot"]
    first = re.search(r'<li class="check card k-fail".*?</li>', page, re.DOTALL)
    assert first is not None
    said = text_of(first[0])
    for part in (
        "31.2 % (28.2 to 34.2, n = 800)",
        "wanted: at least 70 %",
        "below the 70 % wanted",
        "How to fix.",
        "misses a 3-point",
    ):
        assert part in said
    assert 'href="#target"' in first[0]
    assert "Of 9 gates 1 failed, 1 cannot tell and 7 passed; 5 checks warn" in text_of(page)
    assert page.count("12 passed</summary>") == page.count("1 not done</summary>") == 1
    assert page.count("5 warn and 1 cannot tell, without deciding</summary>") == 1


def test_a_bar_stands_where_its_numbers_say(page: str) -> None:
    first = re.search(r'<svg class="track k-fail".*?</svg>', page)
    assert first is not None
    limit = re.search(r'<line x1="([\d.]+)" x2="\1"[^>]*class="limit"', first[0].replace(' y1="0"', ""))
    dot = re.search(r'<circle cx="([\d.]+)"[^>]*class="dot"', first[0])
    reach = re.search(r'<rect x="([\d.]+)" width="([\d.]+)"[^>]*class="reach"', first[0])
    assert limit and dot and reach  # noqa: PT018 - one picture
    assert float(limit[1]) == pytest.approx(8 + 384 * 0.7, abs=0.06)
    assert float(dot[1]) == pytest.approx(8 + 384 * 0.312, abs=0.06)
    assert float(reach[1]) == pytest.approx(8 + 384 * 0.282, abs=0.06)
    assert float(reach[2]) == pytest.approx(384 * 0.06, abs=0.06)


def test_every_dial_says_up_to_where_it_is_shown_to_hold(page: str) -> None:
    dials = page[page.index('<section id="dials"') : page.index('<section id="slices"')]
    said = text_of(dials)
    assert "With 95 % confidence 2 of 3 shifts keep accuracy at or above the floor" in said
    assert "The first to stop: gaussian_noise, shown to hold only up to severity 0.75." in said
    assert dials.count("<article") == len(SHIFTS)
    assert dials.count('class="cursor"') == len(SHIFTS)
    assert said.count("floor 70 %") == len(SHIFTS)
    assert len(re.findall(r'<image [^>]*data-step="\d"', dials)) == 3 * 5 * 4
    assert len(re.findall(r'class="step readout', dials)) == 3 * 5
    assert len(re.findall(r'class="step readout"', dials)) == 3


def test_a_dial_that_holds_nowhere_is_no_pass(tmp_path: Path) -> None:
    def none(found: Plain) -> None:
        for one in found["shown"]["dials"].values():
            one.update(passes_to=None, crosses_at=None)

    said = text_of(made(tmp_path, none))
    assert "0 of 3 shifts" in said
    assert "gaussian_noise and 2 others, shown to hold not even on clean images" in said
    assert said.count("nowhere") == len(SHIFTS)
    assert said.count("Not shown to reach 70.0 % at any severity with 95 % confidence.") == 6  # panel and picture


def test_an_abstention_is_said_aloud_and_gives_no_number(tmp_path: Path) -> None:
    def abstain(found: Plain) -> None:
        found["shown"]["target"] = None
        found["shown"]["estimates"].update(answered=False, value=None, low=None, high=None, reason="too far away")

    found = made(tmp_path, abstain)
    assert re.search(r'class="warning"><strong>No estimate is given.</strong> too far away', found)
    assert "estimated without labels, combined" not in found
    assert re.search(r'class="number">cannot tell', found)


def test_a_repair_is_praised_only_where_its_interval_allows(tmp_path: Path) -> None:
    def doubtful(found: Plain) -> None:
        for one in found["shown"]["repairs"]:
            one["low"] = None if one["low"] is None else -0.01

    found = text_of(made(tmp_path, doubtful))
    assert "Of 2 repairs that change answers none is shown to help" in found
    assert "Batch statistics of the target (without any label)" not in found


def test_a_shown_repair_opens_the_section_first_without_labels(page: str) -> None:
    said = text_of(page)
    assert said.index("Batch statistics of the target (without any label): accuracy 31.2 % → 84.5 %") < said.index(
        "A new head (with 400 labels): accuracy 31.2 % → 90.0 %"
    )
    assert "not tried: no alternative was better" in said


def test_classes_stand_worst_first_and_every_confusion_says_its_count(page: str) -> None:
    rows = re.findall(r'<tr>\s*<td data-sort="(\d)">', page)
    assert rows == list(reversed(CLASSES))
    assert page.count("images of 0 answered") == len(CLASSES)


def test_the_square_adds_up(page: str) -> None:
    square = page[page.index('<section id="regression"') : page.index('<section id="worst"')]
    counts = [int(one) for one in re.findall(r"<td>(\d+) \(", square)]
    assert counts == [771, 5, 7, 17]
    assert "McNemar 's exact p = 0.72" in text_of(square)


def test_a_dial_bears_the_status_of_its_check(tmp_path: Path) -> None:
    one = check("break_point:gaussian_noise", "fail", 0.75, unit="dose", threshold=0.9, gates=True)
    found = made(tmp_path, lambda data: data["checks"].insert(0, one))
    panel = found[found.index('<article class="card" id="d0"') : found.index('<article class="card" id="d1"')]
    assert re.findall(r'class="icon sign (k-\w+)"', panel) == ["k-fail"]
    assert "up to severity 0.75 with 95 % confidence, not shown beyond" in text_of(panel)


@pytest.mark.parametrize(("relation", "left", "width"), [("at least", 8.0, 288.0), ("at most", 296.0, 96.0)])
def test_the_wrong_side_of_a_threshold_is_the_one_that_is_shaded(
    tmp_path: Path, relation: str, left: float, width: float
) -> None:
    one = check("break_point:jpeg", "fail", 0.3, unit="dose", threshold=0.75, relation=relation)
    found = made(tmp_path, data={**verdicts(), "shown": {}, "checks": [one]})
    shade = re.search(r'<rect x="([\d.]+)" width="([\d.]+)"[^>]*class="wrong"', found)
    assert shade is not None
    assert (float(shade[1]), float(shade[2])) == (left, width)


def test_an_audit_made_in_python_has_no_command_to_ask_again_with(tmp_path: Path) -> None:
    asks = "The command that asks again after a fix"
    assert asks in made(tmp_path / "one")
    assert asks not in made(tmp_path / "two", data={**verdicts(), "command": ""})


def test_what_stands_open_is_the_verdict_the_gates_the_matrix_and_the_weakest_classes(page: str) -> None:
    standing = re.findall(r'<section id="(\w+)" aria-labelledby', page)
    assert standing == ["checks", "dials", "classes"]
    folded = re.findall(r'<section id="(\w+)" class="part"[^>]*>\s*<details>', page)
    assert sorted([*standing, *folded]) == sorted(ALL)
    assert not re.search(r"<details [^>]*open", page)
    assert all(re.findall(r'<summary><h2[^>]*>[^<]+</h2> <span class="finding">(.*?)</span>', page))


def test_many_open_gates_stand_folded_below_the_first_six(tmp_path: Path) -> None:
    gates = [check(f"own_{i}", "fail", 0.1) for i in range(20)]
    found = made(tmp_path, data={**verdicts(), "checks": gates})
    before, _, behind = found.partition("14 more that must be fixed</summary>")
    assert before.count('<li class="check card') == 6
    assert behind.count('<li class="check card') == 14


def test_the_matrix_is_one_row_a_shift_with_number_interval_and_sign(page: str) -> None:
    dials = page[page.index('<section id="dials"') : page.index("Curves and pictures of every shift")]
    assert dials.count("<table") == 1
    rows = re.findall(r'<tr>\s*<th scope="row">(\w+).*?</tr>', dials, re.DOTALL)
    assert sorted(rows) == sorted(SHIFTS)
    assert rows[0] == "gaussian_noise"  # its gate cannot tell
    cells = re.findall(r'<td class="(k-\w+)( gate)?" title="([^"]+)"', dials)
    assert len(cells) == len(SHIFTS) * 4
    assert dials.count('<svg class="icon sign') >= len(cells)  # no state by its colour alone
    noise = [said for _, _, said in cells if said.startswith("gaussian_noise at severity 1")]
    assert noise == ["gaussian_noise at severity 1: 67.0 %, below it"]


def test_the_weakest_classes_of_the_target_stand_beside_those_of_the_data(tmp_path: Path) -> None:
    def more(found: Plain) -> None:
        found["shown"]["target_classes"] = [
            {"name": name, "n": 80, "right": 40, "accuracy": 0.5, "low": 0.4, "high": 0.6} for name in CLASSES
        ]

    found = made(tmp_path, more)
    open_ = found[found.index('<section id="classes"') : found.index("All classes")]
    assert re.findall(r"<h3>(.*?)</h3>", open_) == ["On digits:uci", "On digits:mnist"]
    assert open_.count('class="line-of"') == 10
    assert "10 classes of the target, lowest accuracy first" in found
