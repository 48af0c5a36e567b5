"""Batch statistics that are stale in the file are not taken for images prepared wrongly; a wrong mean still is."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.auditing.trained import Trained

from shiftprobe.auditing.checks.other_statistics import FIX, NAME, mended_first, other_statistics
from shiftprobe.auditing.checks.preprocessing import preprocessing, sample
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.predictions import answers
from shiftprobe.data import load
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.repairs.interventions.batch_statistics import reestimated

WRONG = Preprocess(size=28, channels=1, mean=(0.13,), std=(0.31,))
ELSEWHERE = 500  # images of the other data that the statistics are of


def stale(evidence: AuditEvidence) -> AuditEvidence:
    """The same network, its batch statistics those of other digits."""
    subject, other = evidence.subject, load("digits:uci", Path())
    pixels = subject.preprocess.images([other.images[i] for i in range(ELSEWHERE)])
    moved = replace(subject, model=reestimated(subject.patient, pixels).model)
    images = [evidence.data.bundle.images[i] for i in evidence.data.index]
    clean = answers(moved, moved.model, subject.preprocess.images(images), subject.preprocess)
    return replace(evidence, subject=moved, clean=clean, dial={})


def test_stale_statistics_are_told_and_no_preparation_is_blamed(trained_digits: Trained) -> None:
    evidence = stale(trained_digits.evidence())
    part = preprocessing(evidence)
    (check,), shown = part.checks, part.shown.preprocessing
    assert shown is not None
    assert check.status == "cannot tell"
    assert check.fix == FIX
    assert check.p is None
    assert f"with batch statistics of {len(evidence.data) - 256:,} other images of the data" in check.reason
    last = shown.tried[-1]
    assert last.name == NAME
    assert last.gain is not None
    assert check.value is not None
    assert last.gain > check.value


def test_what_new_statistics_add_is_what_torch_gives_in_training_mode(trained_digits: Trained) -> None:
    """In one pass over all images a network in training mode normalises with the statistics of just these."""
    evidence = stale(trained_digits.evidence())
    index, how = sample(len(evidence.data), evidence.policy.seed), evidence.subject.preprocess
    now = evidence.clean.right(evidence.labels)[index]
    found = other_statistics(evidence, index, how, (now, now))
    assert found is not None
    assert found.gain == found.more
    images = [evidence.data.bundle.images[i] for i in evidence.data.index[index]]
    tensor = torch.from_numpy(how.images(images)).permute(0, 3, 1, 2).float() / 255
    model = copy.deepcopy(evidence.subject.model).train()
    with torch.no_grad():
        said = model((tensor - how.mean[0]) / how.std[0]).argmax(dim=1).numpy()
    assert found.gain.after == pytest.approx((said == evidence.labels[index]).mean(), abs=0.04)
    assert found.gain.after > found.gain.before + 0.1


def test_a_wrong_mean_that_new_statistics_would_absorb_is_still_blamed(trained_digits: Trained) -> None:
    (check,) = preprocessing(trained_digits.prepared(WRONG)).checks
    assert check.status == "warn"
    assert "--mean 0.5 --std 0.5" in check.fix


def test_a_network_without_them_and_too_few_other_images_tell_nothing(trained_digits: Trained) -> None:
    evidence = trained_digits.evidence()
    right, how = np.ones(len(evidence.data), np.bool_), evidence.subject.preprocess
    assert other_statistics(evidence, np.arange(len(evidence.data) - 29), how, (right, right)) is None
    bare = replace(evidence, subject=replace(evidence.subject, model=torch.nn.Flatten()))
    scores = replace(evidence, subject=replace(evidence.subject, head=None))
    for one in (bare, scores):
        assert other_statistics(one, np.arange(100), how, (right[:100], right[:100])) is None


def test_a_clean_accuracy_that_is_too_low_names_the_same_cure(trained_digits: Trained) -> None:
    evidence = stale(trained_digits.evidence())
    told = preprocessing(evidence)
    (check,) = told.checks
    low = Part(checks=(replace(check, name="accuracy", kind="accuracy", status="fail", fix=""),), shown=told.shown)
    good = Part(checks=(replace(check, name="accuracy", kind="accuracy", status="pass", fix=""),), shown=told.shown)
    assert mended_first([told, low])[1].checks[0].fix == FIX
    assert mended_first([told, good])[1].checks[0].fix == ""
    assert mended_first([low]) == [low]
