"""What a model card begins with, read by the library of those who publish the form."""

from typing import Any

import pytest
import yaml
from tests.report.fake_audit import typed, verdicts
from tests.report.fake_checks import Plain, check
from tests.report.hostile_audit import HOSTILE, hostile

from shiftprobe.auditing.outputs import card, model_index

hub = pytest.importorskip(
    "huggingface_hub", reason="NOT TESTED: model-index is read by huggingface_hub (pip install transformers)"
)


def results(whole: Plain) -> list[Any]:
    """Every score as the library reads it from a whole card."""
    found = typed(whole)
    read = hub.ModelCard(model_index(found) + card(found)).data
    assert read.model_name
    return list(read.eval_results)


def audited(*checks: Plain, **more: Any) -> Plain:
    return {**verdicts(), "checks": list(checks), **more}


def test_a_card_is_read_with_every_score_its_interval_and_its_images() -> None:
    clean, there = check("accuracy", "pass", 0.9), check("target", "fail", 0.4, gates=True)
    first, second = results(audited(clean, there, check("severity", "pass", 0.8)))
    assert (first.task_type, first.dataset_name, first.metric_type) == (
        "image-classification",
        "digits:mnist",
        "accuracy",
    )
    assert (second.dataset_name, second.metric_value) == ("digits:uci", 0.4)
    assert first.metric_value == clean["value"]
    assert first.metric_args == {"low": clean["low"], "high": clean["high"], "confidence": 0.95, "images": clean["n"]}


def test_the_library_writes_the_same_form_again() -> None:
    written = yaml.safe_load(model_index(typed(verdicts())).strip("-\n"))
    (name, read) = hub.repocard_data.model_index_to_eval_results(written["model-index"])
    again = hub.repocard_data.eval_results_to_model_index(name, read)
    assert again == written["model-index"]


def test_scores_say_how_they_were_averaged() -> None:
    (one,) = results(audited(check("macro_f1", "pass", 0.8)))
    assert (one.metric_type, one.metric_args["average"]) == ("f1", "macro")


def test_an_estimate_without_labels_says_so_at_its_own_confidence() -> None:
    target = {**verdicts()["target"], "labelled": False}
    (one,) = results(audited(check("target", "fail", 0.4, gates=True), target=target))
    assert one.metric_args["estimated"] == "without labels"
    assert one.metric_args["confidence"] == verdicts()["shown"]["estimates"]["confidence"]


def test_an_audit_without_a_score_begins_with_its_heading() -> None:
    assert model_index(typed(audited(check("skipped", "pass", 0.0)))) == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_is_a_name(text: str) -> None:
    data = {**verdicts()["data"], "name": text}
    one = {**check("accuracy", "pass", 0.9), "title": text}
    (found,) = results({**hostile(), "checks": [one], "data": data, "name": text})
    assert found.dataset_name.isprintable()
    assert found.metric_value == 0.9
