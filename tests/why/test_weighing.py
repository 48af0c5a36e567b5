"""What no rule may be called: strong beside what contradicts it, from few images, or without an intervention."""

import itertools
from collections.abc import Collection
from dataclasses import replace

import pytest
from tests.why.made_up import EQUAL, SIDE, summed

from shiftprobe.results.about import Datasets
from shiftprobe.results.model import Explanation, Fact, Summary
from shiftprobe.why import RULES
from shiftprobe.why.weighing import CONTRADICTIONS, SUGGESTIVE, VOIDS, images, weighed

NAMES = [rule.__name__ for rule in RULES]


def strong(name: str) -> Explanation:
    return Explanation(
        name=name, claim="It is so.", grade="strong", evidence=(Fact("It was seen."),), experiment="none"
    )


def held(names: Collection[str], summary: Summary) -> set[str]:
    """Which of these stay strong where every rule calls its cause so."""
    found = weighed([strong(name) for name in NAMES if name in names], summary)
    return {one.name for one in found if one.grade == "strong"}


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summed(itertools.chain(*EQUAL))[1]


def test_contradicting_causes_are_never_both_strong(summary: Summary) -> None:
    for count in (2, 3, len(NAMES)):
        for names in itertools.combinations(NAMES, count):
            both = itertools.combinations(held(names, summary), 2)
            assert not {frozenset(pair) for pair in both} & CONTRADICTIONS


@pytest.mark.parametrize(
    ("names", "stays"),
    [
        ({"reused", "head_beats_fine_tuning"}, set()),
        ({"reused", "weight_scales"}, set()),
        ({"not_converged", "reused"}, {"not_converged"}),
        ({"recipe_decides", "reused", "low_level_statistics"}, {"recipe_decides", "low_level_statistics"}),
        ({"reused", "low_level_statistics"}, {"reused", "low_level_statistics"}),
        ({"reused"}, {"reused"}),
    ],
)
def test_what_stays_strong(names: set[str], stays: set[str], summary: Summary) -> None:
    assert held(names, summary) == stays


def test_the_rival_is_named_against_it(summary: Summary) -> None:
    found = weighed([strong("weight_scales"), strong("reused")], summary)
    assert [one.against[-1].text.split(",")[0] for one in found] == ["reused", "weight_scales"]


def test_the_tables_hold_names_of_rules_and_every_cause_of_a_comparison_has_a_rival() -> None:
    assert set().union(*CONTRADICTIONS) | SUGGESTIVE | VOIDS <= set(NAMES)
    assert all(len(pair) == 2 for pair in CONTRADICTIONS)
    assert set(NAMES) - set().union(*CONTRADICTIONS) == {"too_little"}


@pytest.mark.parametrize("name", sorted(SUGGESTIVE))
def test_what_no_intervention_shows_is_never_strong(name: str, summary: Summary) -> None:
    assert held({name}, summary) == set()


@pytest.mark.parametrize(("count", "kept"), [(199, False), (200, True)])
def test_two_halves_of_a_hundred_test_images_make_a_cause_strong(count: int, kept: bool, summary: Summary) -> None:
    few = replace(summary, points=tuple(replace(one, images=count) for one in summary.points))
    assert images(few) == count
    assert held({"weight_scales"}, few) == ({"weight_scales"} if kept else set())
    found = weighed([strong("weight_scales")], few)
    assert ("there are 199 test images" in found[0].against[-1].text if found[0].against else kept) is True


def test_groups_of_images_count_as_one_each(summary: Summary) -> None:
    grouped = replace(summary, data=Datasets(target=replace(SIDE, groups=43)))
    assert (images(summary), images(grouped)) == (1000, 43)
    assert held({"weight_scales"}, grouped) == set()
