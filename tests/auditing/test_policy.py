from pathlib import Path
from typing import Any

import pytest

from shiftprobe.auditing.policy import Policy, load_policy, policies, policy_text
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
