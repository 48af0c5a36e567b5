from pathlib import Path
from typing import Any

import pytest

from shiftprobe.auditing.contradictions import contradictions
from shiftprobe.auditing.policy import Policy, load_policy, policies, policy_text
from shiftprobe.auditing.policy_floor import FLOORS
from shiftprobe.core.errors import SpecError


def test_the_default_file_says_what_an_empty_policy_means() -> None:
    assert load_policy().resolved() == Policy(name="default").resolved()


@pytest.mark.parametrize("name", policies())
def test_every_policy_of_the_wheel_loads_and_stands_in_configs(name: str) -> None:
    assert load_policy(name).name == name
    assert (Path(__file__).parents[2] / "configs" / f"policy-{name}.yaml").read_text() == policy_text(name)


def test_strict_asks_for_no_less_than_default_and_lenient_for_no_more() -> None:
    lenient, default, strict = (load_policy(name) for name in ("lenient", "default", "strict"))
    for rule in ("accuracy", "balanced_accuracy", "worst_class", "worst_group", "severity", "break_point", "target"):
        floors = [getattr(policy, rule).at_least for policy in (lenient, default, strict)]
        assert floors == sorted(floors), rule


def test_a_rule_given_in_part_keeps_its_other_defaults() -> None:
    assert load_policy({"worst_class": {"level": "gate"}}).worst_class.at_least == Policy().worst_class.at_least


def test_off_is_a_level_although_yaml_reads_it_as_false(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("accuracy: {level: off}\n")
    assert load_policy(file).accuracy.level == "off"


def test_the_gated_severity_is_looked_at_even_if_the_grid_leaves_it_out() -> None:
    assert load_policy({"severities": [1.0], "severity": {"at": 0.3}}).asked == (0.3, 1.0)
    assert load_policy({"severities": [1.0], "severity": {"at": 0.3, "level": "off"}}).asked == (1.0,)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"acuracy": {}}, "unknown key acuracy; did you mean 'accuracy'?"),
        ({"accuracy": {"at_last": 0.8}}, "unknown key accuracy.at_last; did you mean 'at_least'?"),
        ({"accuracy": {"at_least": 80}}, "accuracy.at_least: wanted less than or equal to 1, got 80"),
        ({"accuracy": {"at_least": float("nan")}}, "wanted plain text, finite numbers"),
        ({"accuracy": {"level": "gaet"}}, "accuracy.level: wanted 'gate', 'warn' or 'off', got 'gaet'"),
        ({"severities": [0]}, "severities: wanted one above 0"),
        ({"shifts": ["fog", "fog"]}, "an entry stands there twice"),
        ({"corruption_error": {"reference": {"fog": [0.1]}}}, "wanted a shift of this policy and one error for each"),
        ({"confidence": 1.0}, "confidence: wanted less than 1, got 1.0"),
        ({"floor": 80}, "floor: wanted less than or equal to 1, got 80"),
        ({"floor": "high"}, "floor: wanted"),
        ({"power": 0}, "power: wanted greater than 0, got 0"),
        ({"power": 1}, "power: wanted less than 1"),
        ({"regression": {"margin": 1}}, "regression.margin: wanted less than 1"),
    ],
)
def test_a_fault_is_one_line_that_names_its_key(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError) as refused:
        load_policy(given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unknown_policy_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(SpecError, match="no policy called stict; did you mean 'strict'"):
        load_policy("stict")


def test_a_floor_is_the_threshold_of_every_share_of_right_answers_that_names_none() -> None:
    made = load_policy(
        {"floor": 0.6, "accuracy": {"at_least": 0.9}, "severity": {"at": 0.5}, "target": {"level": "warn"}}
    )
    floors = {name: getattr(made, name).at_least for name in FLOORS}
    assert floors == {
        "accuracy": 0.9, "balanced_accuracy": 0.6, "worst_class": 0.6, "worst_group": 0.6, "severity": 0.6,
        "break_point": 0.6, "target": 0.6,
    }  # fmt: skip
    assert (made.severity.at, made.target.level, made.worst_class.level) == (0.5, "warn", "warn")
    assert made.attribution == Policy().attribution  # a rank correlation is no share of answers
    assert load_policy(made.resolved()) == made == Policy.model_validate(made.resolved())
    assert Policy(floor=0.6).severity.at_least == 0.6
    assert "floor" not in Policy().resolved()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"accuracy": {"at_least": 0.6}}, "severity.at_least (0.7)"),
        ({"accuracy": {"at_least": 0.6}}, "`floor: 0.6`"),
        ({"severity": {"at_least": 0.9}}, "severity.at_least (0.9) wants more than accuracy.at_least (0.8)"),
        ({"severities": [0.1], "severity": {"at": 0.1}}, "break_point.dose (0.5) lies beyond the last severity"),
    ],
)
def test_a_default_that_contradicts_what_was_given_is_said(given: dict[str, Any], said: str) -> None:
    assert said in "".join(contradictions(load_policy(given)))


@pytest.mark.parametrize(
    "given",
    [
        *policies(),
        {"floor": 0.6},
        {"accuracy": {"at_least": 0.6, "level": "off"}},
        {"severity": {"at_least": 0.9, "level": "off"}},
        {"severities": [0.1], "severity": {"at": 0.1}, "break_point": {"dose": 0.1}},
    ],
)
def test_a_policy_that_agrees_with_itself_is_left_alone(given: Any) -> None:
    assert contradictions(load_policy(given)) == ()
