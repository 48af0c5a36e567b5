"""Eight runs with known answers: what stands in the first 1,600 px of each page says the right thing."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.browsing import opened
from tests.report.known_runs import CASES, Known, make

SEEN = """(() => { const words = [];
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, box = node.parentElement.getBoundingClientRect();
    if (node.parentElement.checkVisibility() && box.height && box.top < 1600) words.push(node.textContent);
  }
  return words.join(' ').replace(/\\s+/g, ' ');
})()"""


@pytest.mark.parametrize("known", CASES, ids=[one.name for one in CASES])
def test_the_first_screens_say_what_a_careful_person_would(browser: Any, tmp_path: Path, known: Known) -> None:
    page, said = opened(browser, make(known, tmp_path / "run"), folded=True)
    seen = page.evaluate(SEEN)
    assert page.inner_text(".badge").strip() == known.choice
    assert len(page.inner_text("h1").split()) <= 25
    assert page.locator(".badge").bounding_box()["y"] < 200
    assert page.locator(".next").bounding_box()["y"] < 800
    assert "What next?" in seen
    for number in known.points:
        assert number in seen
    for word in known.limits:
        assert word in seen
    assert said == []
    page.close()


def test_the_answers_of_a_made_run_are_as_right_as_was_asked_for(tmp_path: Path) -> None:
    make(CASES[0], tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    means = {one["arm"]: one["mean"] for one in summary["points"]}
    assert means == pytest.approx({"zero_shot": 0.85, "transfer": 0.76, "scratch": 0.55}, abs=0.01)


def test_every_kind_of_decision_but_one_has_a_case() -> None:
    assert {one.choice for one in CASES} >= {"leave it", "fine-tune it", "cannot tell"}
