"""What an audit page says of its words, fixes, baselines and repairs."""

import re
from pathlib import Path

from tests.report.audit.pages import made, text_of
from tests.report.fake_audit import verdicts
from tests.report.fake_checks import Plain, check


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
