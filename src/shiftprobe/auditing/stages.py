"""Cheap before dear: shifts are looked at in steps, and one whose gate is decided asks for no more images.

Sample sizes and the level that each step may spend are fixed beforehand (Bonferroni over the steps), so that however
often one looks, a family errs on either side as rarely as with a single look. Over the family Holm takes p values that
hold whenever a member stopped, which is the graph of Maurer and Bretz with equal weights.

Reference: Maurer and Bretz, 2013, Statistics in Biopharmaceutical Research 5(4); Jennison and Turnbull, 1999, Group
Sequential Methods, chapter 9, for repeated confidence intervals.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import questions
from shiftprobe.auditing.evidence import AuditEvidence, Steps, Stopped
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.predictions import MOST_IN_MEMORY, Task, predict_all
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.types import Note, Predictions
from shiftprobe.core import seeding
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.rows import room_for
from shiftprobe.core.types import Condition
from shiftprobe.stats import decide
from shiftprobe.stats.staged_gate import staged_gate

Index = NDArray[np.int64]

STEPS = 4
LEAST = 200  # images of the first step
EARLY = (0.02, 0.03, 0.05)  # of the level, spent before the last step: a clear case needs no more


def steps_for(labels: Index, seed: int) -> Steps:
    """Quarters of the images, none under 200; one step of all where there are fewer than 400.

    Args:
        labels: (N,) of the images.
        seed: of the order.
    """
    count = min(STEPS, max(1, len(labels) // LEAST))
    sizes = tuple(len(labels) * step // count for step in range(1, count + 1))
    early = EARLY[: count - 1]
    order = _in_shares(labels, seeding.generator(seed, "audit", "steps"))
    return Steps(order=order, sizes=sizes, shares=(*early, 1.0 - sum(early)))


def _in_shares(labels: Index, rng: np.random.Generator) -> Index:
    """A permutation of which every beginning holds the classes in the shares of all; at random within them."""
    shuffled = rng.permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        mine = labels[shuffled] == label
        place[mine] = (np.arange(mine.sum()) + rng.random()) / mine.sum()
    return np.asarray(shuffled[np.argsort(place, kind="stable")], np.int64)


def steps_of(ready: Ready) -> Steps | None:
    """The plan of an audit that may look at fewer images under shifts than there are; None where it may not.

    It may where gates at one severity are all that decides under shifts. The dose that a shift withstands, errors
    beside a reference's, checks of others, an estimate without labels, groups and a baseline need every image.
    """
    policy, data, rule = ready.request.policy, ready.data, ready.request.policy.corruption_error
    gates = (policy.break_point.level, rule.level if rule.reference else "off")
    whole = ready.target is not None or ready.whole is not None or ready.request.baseline is not None
    grouped = data.clusters is not None or data.groups is not None
    built_in = all(one.name in Policy.model_fields for one in questions(policy))
    asked = policy.severity.level == "gate" and bool(policy.shifts)
    if not asked or not built_in or whole or grouped or "gate" in gates or data.labels is None:
        return None
    steps = steps_for(data.labels, policy.seed)
    return steps if len(steps.sizes) > 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What was predicted under shifts, and where each stopped."""

    dial: Mapping[str, Predictions]  # by the key of the condition
    stopped: Stopped


class Stages:
    """Step by step, every shift that is not decided yet is looked at on more images, those farthest from it first."""

    def __init__(self, ready: Ready, steps: Steps, folder: Path, workers: int, monitor: Monitor) -> None:
        self._ready, self._steps, self._folder = ready, steps, folder
        self._workers, self._monitor = workers, monitor
        self._found: dict[Condition, list[Predictions]] = {}
        minutes = ready.request.minutes
        self._ends = math.inf if minutes is None else time.monotonic() + 60 * minutes

    def walk(self) -> Walked:
        """All steps that are asked for. With a budget of minutes the first step is done whatever it takes."""
        policy, steps = self._ready.request.policy, self._steps
        after, open_, hurried = dict.fromkeys(policy.shifts, 0), policy.shifts, False
        for step in range(1, len(steps.sizes) + 1):
            if not open_:
                break
            self._monitor.begin(f"shifts, step {step}", len(open_) * len(policy.asked))
            for shift in open_:
                if step > 1 and time.monotonic() > self._ends:
                    hurried = True
                    break
                self._look(shift, step)
                after[shift] = step
            open_ = undecided(policy, {shift: self._rights(shift, after[shift]) for shift in policy.shifts}, steps)
            if hurried:
                break
        whole = {place.key: _joined(parts, steps) for place, parts in self._found.items()}
        return Walked(dial=whole, stopped=Stopped(steps=steps, after=after, hurried=hurried and bool(open_)))

    def _look(self, shift: str, step: int) -> None:
        ready, side = self._ready, self._ready.data.some(self._steps.new(step))
        tasks = [Task(side=side, condition=Condition(shift, dose)) for dose in ready.request.policy.asked]
        folder = self._folder / f"step-{step}"
        told = self._monitor.step
        found = predict_all(ready.subject, tasks, folder, workers=self._workers, dose=ready.dose, step=told)
        for task in tasks:
            self._found.setdefault(task.condition, []).append(found[task.key])

    def _rights(self, shift: str, after: int) -> list[int]:
        parts = self._found[Condition(shift, self._ready.request.policy.severity.at)]
        labels = self._ready.data.labels
        if labels is None:  # `steps_of` asks for them
            raise ValueError("steps need labels")
        each = [int(part.right(labels[self._steps.new(i + 1)]).sum()) for i, part in enumerate(parts[:after])]
        return list(accumulate(each))


def _joined(parts: Sequence[Predictions], steps: Steps) -> Predictions:
    """The answers of all steps, in the order of the images."""
    if len(parts) == 1:
        return parts[0]
    whole = steps.first(len(parts))
    places = [np.searchsorted(whole, steps.new(i + 1)) for i in range(len(parts))]

    def joined(arrays: Sequence[NDArray[np.floating[Any]]]) -> NDArray[np.floating[Any]]:
        kind = np.result_type(*arrays)
        out = room_for((len(whole), arrays[0].shape[1]), kind.type, MOST_IN_MEMORY)
        for place, array in zip(places, arrays, strict=True):
            out[place] = array
        return out

    logits, features = joined([one.logits for one in parts]), joined([one.features for one in parts])
    return Predictions(logits=logits.astype(np.float32, copy=False), features=features)


def told(evidence: AuditEvidence) -> tuple[Note, ...]:
    """That some shifts were looked at on fewer images than there are, and why."""
    stopped = evidence.stopped
    if stopped is None:
        return ()
    sizes, whole = stopped.steps.sizes, len(evidence.policy.shifts) * stopped.steps.sizes[-1]
    looked = sum(sizes[step - 1] for step in stopped.after.values())
    text = (
        f"shifts were looked at in up to {len(sizes)} steps ({', '.join(f'{size:,}' for size in sizes)} images), each "
        f"until its gate was decided: {100 * looked / whole:.0f} % of all looks; intervals at severity "
        f"{evidence.policy.severity.at:g} hold whichever step was the last"
    )
    if stopped.hurried:
        text += "; the minutes were over before every gate was decided: the same command without --minutes goes on"
    return (Note(about="policy", text=text),)


def undecided(policy: Policy, rights: Mapping[str, Sequence[int]], steps: Steps) -> tuple[str, ...]:
    """The shifts whose gate is not decided yet, those first that lie farthest from it.

    Args:
        policy: the rules.
        rights: by shift, how many images were right at `severity.at` at the end of each step so far.
        steps: the plan.
    """
    rule, confidence = policy.severity, policy.confidence
    found = {
        shift: staged_gate(counts, steps.sizes[: len(counts)], steps.shares, rule.at_least, confidence)
        for shift, counts in rights.items()
    }
    words = decide([one.p_above for one in found.values()], [one.p_below for one in found.values()], 1 - confidence)
    open_ = [shift for shift, one in zip(found, words, strict=True) if one.word == "cannot tell"]
    return tuple(sorted(open_, key=lambda shift: (-abs(found[shift].value - rule.at_least), shift)))
