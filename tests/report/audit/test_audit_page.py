"""An audit's page: what stands on it, what it refuses to claim, and that it is one file that loads nothing."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_audit import CLASSES, HOSTILE, SHIFTS, Plain, check, hostile, picture, verdicts, write_folder

from shiftprobe.auditing.outputs import junit
from shiftprobe.auditing.verdicts_file import read
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.report.audit.page import write_audit

ALL = (
    "checks", "dials", "target", "repairs", "classes", "groups", "risk", "reliability", "preprocessing",
    "attribution", "regression", "worst", "data", "checkpoint", "policy", "made", "words",
)  # fmt: skip
ALWAYS = ["checks", "data", "checkpoint", "policy", "made", "words"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_audit(write_folder(tmp_path_factory.mktemp("audit") / "a")).read_text("utf-8")


def sections(page: str) -> list[str]:
    return re.findall(r'<section id="(\w+)"', page)


def text_of(page: str) -> str:
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def walked(page: str) -> list[tuple[str, dict[str, str]]]:
    """Every element with its attributes, as a parser that is not ours reads them."""

    class Walk(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    found: list[tuple[str, dict[str, str]]] = []
    Walk().feed(page)
    return found


def made(tmp_path: Path, changes: Any = None, data: Plain | None = None) -> str:
    return write_audit(write_folder(tmp_path / "a", changes, data)).read_text("utf-8")


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
        "<h1>1 of 9 gates fails: accuracy on digits:uci is 31.2 % (28.2 to 34.2, n = 800), below 70 %.</h1>" in answer
    )
    assert re.findall(r'class="number">([\d.]+) <span>(\S+)</span>', answer) == [
        ("97.0", "%"),
        ("31.2", "%"),
        ("0.75", "severity"),
    ]
    assert text_of(answer).count("n = 800 images") == 3


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
    assert cards == ["k-fail", "k-cannot", "k-cannot", *["k-warn"] * 5]
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
    dials = page[page.index('<section id="dials"') : page.index('<section id="target"')]
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
    assert "none held" in said
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


def test_skipped_files_are_all_there_and_folded_after_twenty(page: str) -> None:
    data = page[page.index('<section id="data"') : page.index('<section id="checkpoint"')]
    assert data.count("0 bytes") == 30
    assert "The other 10</summary>" in data
    assert data[: data.index("The other 10")].count("0 bytes") == 20


def test_thirty_thousand_skipped_files_keep_the_page_light(tmp_path: Path) -> None:
    many = [{"path": f"some/folder/of/images/{i}.png", "reason": "cannot be decoded"} for i in range(30_000)]
    found = made(tmp_path, lambda one: one["images"].update(skipped=many))
    assert len(found) < 3_000_000
    assert "25,000 more stand in" in found


def test_the_files_come_out_of_the_page_as_they_are(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a")
    found = write_audit(folder).read_text("utf-8")
    packed = dict(re.findall(r'data-download="([\w.]+)" data-packed="([^"]+)"', found))
    opened = {name: gzip.decompress(base64.b64decode(text)) for name, text in packed.items()}
    assert opened["verdicts.json"] == (folder / "verdicts.json").read_bytes()
    assert opened["junit.xml"].decode() == junit(read((folder / "verdicts.json").read_bytes(), folder))


def test_hostile_names_are_text(tmp_path: Path) -> None:
    found = made(tmp_path, data=hostile())
    assert tuple(sections(found)) == ALL
    assert not re.search("[\u202e\u200d\x1b\x00]", found)
    elements = walked(found)
    assert {name for name, _ in elements} <= {name for name, _ in walked(made(tmp_path / "tame"))}
    for name, attributes in elements:
        assert attributes.get("src", "data:").startswith("data:")
        assert attributes.get("href", "#").startswith(("#", "data:image/")), name
        assert not any(one.startswith("on") or one == "style" for one in attributes)
    assert [name for name, _ in elements].count("script") == 1
    for text in HOSTILE[:3]:
        escaped = escape(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert escaped.replace('"', "&#34;").replace("'", "&#39;") in found
    assert "Content-Security-Policy" in found[:200]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": "other"}',
        '{"schema": "shiftprobe-verdicts", "version": 2}',
        '{"schema": NaN}',
        "[" * 100_000,
    ],
)
def test_what_is_no_audit_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "verdicts.json").write_text(text)
    with pytest.raises(RunError, match="run the audit again") as met:
        write_audit(tmp_path)
    assert "\n" not in str(met.value)
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("name", ["../../secret.webp", "/etc/passwd", "..", "gone.webp", "a/b.webp", "x\x00.webp"])
def test_a_picture_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_folder(tmp_path / "a")
    (tmp_path / "secret.webp").write_bytes(picture(0))
    data = verdicts()
    data["shown"]["samples"] = {"jpeg~0.5": [name]}
    (folder / "verdicts.json").write_text(json.dumps(data))
    reason = "wanted a file" if name == "gone.webp" else "wanted names of pictures in this folder"
    with pytest.raises(RunError, match=reason):
        write_audit(folder)


def test_a_link_or_something_else_named_as_a_picture_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a")
    named = folder / "samples" / "w0.webp"
    other = tmp_path / "other.webp"
    other.write_bytes(named.read_bytes())
    named.unlink()
    named.symlink_to(other)
    with pytest.raises(RunError, match=r"w0\.webp"):
        write_audit(folder)
    named.unlink()
    named.write_bytes(b"<svg onload=alert(1)>")
    with pytest.raises(RunError, match="wanted a small picture"):
        write_audit(folder)


def test_an_infinite_number_is_no_number(tmp_path: Path) -> None:
    text = json.dumps(verdicts()).replace("0.312", "1e999", 1)
    (tmp_path / "verdicts.json").write_text(text)
    with pytest.raises(RunError, match="1e999"):
        write_audit(tmp_path)


def test_twenty_shifts_with_pictures_stay_under_three_megabytes(tmp_path: Path) -> None:
    def many(found: Plain) -> None:
        parts = found["shown"]
        parts["dials"] = {f"shift{i}": parts["dials"]["jpeg"] for i in range(24)}
        names = [f"s{k}.webp" for k in range(8)]
        parts["samples"] = {f"shift{i}~{dose}": names for i in range(24) for dose in (0.0, 0.25, 0.5, 0.75, 1.0)}

    found = made(tmp_path, many)
    assert len(found) < 3_000_000
    assert found.count("<image ") >= 24 * 5


def test_every_word_of_ours_is_explained_once_and_linked_where_it_stands(page: str) -> None:
    entries = re.findall(r'<div id="w-([\w-]+)"><dt>', page)
    links = re.findall(r'<a class="term" href="#w-([\w-]+)"', page)
    assert len(set(entries)) == len(entries) > 20
    assert len(set(links)) == len(links)
    assert {"gate", "policy", "floor", "shift", "target", "holm", "ece", "mcnemar"} <= set(links) < set(entries)


def test_a_page_explains_no_word_that_it_does_not_use(tmp_path: Path) -> None:
    bare = made(tmp_path, data={**verdicts(), "shown": {}, "target": None, "checks": [check("accuracy", "pass", 0.97)]})
    assert not {"mmd", "ece", "mcnemar", "atc"} & set(re.findall(r'<div id="w-([\w-]+)"><dt>', bare))


def test_a_check_without_a_value_has_no_bar(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        data={**verdicts(), "shown": {}, "checks": [check("accuracy", "cannot tell", reason="too few", gates=True)]},
    )
    card = re.search(r'<li class="check card.*?</li>', found, re.DOTALL)
    assert card is not None
    assert "track" not in card[0]
    assert "n/a" in text_of(card[0])


def test_a_command_in_a_fix_is_set_as_one_and_markup_in_it_stays_text(tmp_path: Path) -> None:
    one = check("accuracy", "fail", 0.1, fix="run `shiftprobe compare` or `<b>x</b>`")
    found = made(tmp_path, data={**verdicts(), "checks": [one]})
    assert "Run <code>shiftprobe compare</code> or <code>&lt;b&gt;x&lt;/b&gt;</code>." in found


def test_both_sides_of_a_baseline_and_the_proposed_names_are_shown(tmp_path: Path) -> None:
    def more(found: Plain) -> None:
        found["shown"]["regression_target"] = {**found["shown"]["regression"], "per_class": [], "only_ours": 9}
        found["shown"]["class_order"] = {"moved": [{"output": 3, "called": "cat", "means": "dog"}], "order": None}
        found["shown"]["shares"] = {"0": 0.25, "1": 0.75}

    said = text_of(made(tmp_path, more))
    assert said.count("this checkpoint right") == 2
    assert "9 images are right only with this checkpoint" in said
    assert "output 3, called cat , would be right more often as dog" in said
    assert "0: 25.0 %, 1: 75.0 %" in said


def test_the_share_that_a_repair_recovers_carries_its_interval(tmp_path: Path) -> None:
    def ends(found: Plain) -> None:
        found["shown"]["repairs"][0].update(recovers_low=0.74, recovers_high=0.88)

    assert "recovers 81 % (74 to 88) of the lost accuracy" in text_of(made(tmp_path, ends))


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
