"""Which cause stands first, and what is said where none is named."""

from dataclasses import replace

from tests.diagnosing.imagined import case
from tests.results.made_diagnoses import tried

from shiftprobe.diagnosing.answer import answer_of, causes_of, sentence_of
from shiftprobe.diagnosing.judged import ADVICE
from shiftprobe.repairs.interventions.head import FEATURES
from shiftprobe.results.diagnosis import Answer, Experiment, Lack

AHEAD = case({"transfer": 0.8, "scratch": 0.6})
REUSED = tried("the source's weights", "gain", 0.0, 0.3, stage="where", outcome="cause", cause="reused", seeds=3)
LEAK = tried("far above home", "target", 0.9, 0.7, outcome="suggestive", cause="leak")
RATE = tried("a tenth of the rate", "target", 0.6, 0.8, stage="schedule", outcome="cause", cause="erased", seeds=3)
HEAD = tried(
    "a new head", "target", 0.6, 0.8, stage="head", outcome="suggestive", cause="overfits_body", seeds=3, half=0.3
)


def first(*path: Experiment) -> tuple[str, str]:
    found = causes_of(path)[0]
    return found.name, found.grade


def test_a_fault_that_is_sure_stands_before_a_gain_that_is_healthy() -> None:
    assert first(REUSED, RATE) == ("erased", "strong")
    assert answer_of(causes_of([REUSED, RATE]), (), AHEAD) == "cause"


def test_a_fault_that_three_seeds_point_to_stands_before_it_too() -> None:
    assert first(REUSED, HEAD) == ("overfits_body", "suggestive")
    assert [one.name for one in causes_of([REUSED, HEAD])] == ["overfits_body", "reused"]


def test_what_one_seed_says_stands_behind_it() -> None:
    assert first(REUSED, replace(HEAD, effect=None, p=None, p_holm=None)) == ("reused", "strong")


def test_where_test_images_may_have_trained_it_no_gain_is_healthy() -> None:
    found = causes_of([LEAK, REUSED])
    assert [one.name for one in found] == ["leak"]
    assert first(RATE, LEAK) == ("leak", "suggestive")
    assert found[0].claim.endswith("its test images may have trained the checkpoint.")  # less is claimed than is shown


def test_a_gain_that_is_healthy_answers_no_fall_of_the_checkpoint() -> None:
    fallen, fine = (Lack(at="target", now=now, reach=0.9, n=500) for now in (0.4, 0.88))
    causes = causes_of([REUSED])

    assert [answer_of(causes, (one,), AHEAD) for one in (fallen, fine)] == ["open", "no_fault"]
    answers: tuple[Answer, ...] = ("open", "no_fault")
    told = [sentence_of(answer, causes) for answer in answers]
    assert told[0].startswith("Why the checkpoint fails here was not found. Transfer gains because")
    assert told[1].startswith("Nothing is wrong. Transfer gains because")
    assert max(len(one.split()) for one in told) <= 25


def test_without_a_cause_a_gain_far_short_of_home_is_no_healthy_one() -> None:
    short, near = (Lack(at="target", now=0.75, reach=reach, n=500) for reach in (0.95, 0.82))
    assert [answer_of((), (one,), AHEAD) for one in (short, near)] == ["open", "no_fault"]


def test_what_helps_is_told_where_no_cause_is() -> None:
    labels = replace(tried("all labels", "target", 0.5, 0.58, stage="labels"), reason=ADVICE)
    head = replace(tried("a new head", "target", 0.4, 0.61), reason=FEATURES)

    assert "half of them cost 8 points" in sentence_of("open", (), [labels])
    assert "it brings 21 points" in sentence_of("open", (), [labels, head])
    assert "What helps" not in sentence_of("open", (), [])
    assert all(len(sentence_of("open", (), path).split()) <= 25 for path in ([labels], [head]))
