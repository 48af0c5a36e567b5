"""Cheap before dear: shifts are looked at in steps, and one whose gate is decided asks for no more images.

Sample sizes and the level that each step may spend are fixed beforehand (Bonferroni over the steps), so that however
often one looks, a family errs on either side as rarely as with a single look. Over the family Holm takes p values that
hold whenever a member stopped, which is the graph of Maurer and Bretz with equal weights.

Reference: Maurer and Bretz, 2013, Statistics in Biopharmaceutical Research 5(4); Jennison and Turnbull, 1999, Group
Sequential Methods, chapter 9, for repeated confidence intervals.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import questions
from shiftprobe.auditing.evidence import AuditEvidence, Steps, Stopped
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.predictions import MOST_IN_MEMORY, Task
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.types import Floats, Note, Predictions
from shiftprobe.core import seeding
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.rows import room_for
from shiftprobe.core.types import Condition
from shiftprobe.stats import decide

Index = NDArray[np.int64]
Predict: TypeAlias = Callable[[Sequence[Task]], Mapping[str, Predictions]]

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

    It may where gates at one severity are all that decides under shifts. The dose that a shift withstands, prediction
    sets, errors beside a reference's, checks of others, an estimate without labels, groups and a baseline need every
    image.
    """
    policy, data, rule = ready.request.policy, ready.data, ready.request.policy.corruption_error
    gates = (policy.break_point.level, policy.prediction_sets.level, rule.level if rule.reference else "off")
    whole = ready.target is not None or ready.whole is not None or ready.request.baseline is not None
    grouped = data.clusters is not None or data.groups is not None
    built_in = all(one.name in Policy.model_fields for one in questions(policy))
    asked = policy.severity.level == "gate" and bool(policy.shifts)
    if not asked or not built_in or whole or grouped or "gate" in gates or data.labels is None:
        return None
    steps = steps_for(data.labels, policy.seed)
    return steps if len(steps.sizes) > 1 else None


def tasks_of(ready: Ready, steps: Steps, step: int, shifts: Sequence[str]) -> list[Task]:
    """What one step looks at under some shifts."""
    side = ready.data.some(steps.new(step))
    doses, room = ready.request.policy.asked, f"step-{step}"
    return [Task(side=side, condition=Condition(shift, dose), room=room) for shift in shifts for dose in doses]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What was predicted on the labelled images, and where each shift stopped."""

    clean: Predictions
    dial: Mapping[Condition, Predictions]
    stopped: Stopped | None = None  # None: every image was looked at


class Stages:
    """Step by step, every shift that is not decided yet is looked at on more images, those farthest from it first."""

    def __init__(self, ready: Ready, steps: Steps, predict: Predict, monitor: Monitor) -> None:
        self._ready, self._steps, self._predict, self._monitor = ready, steps, predict, monitor
        self._found: dict[Condition, list[Predictions]] = {}
        minutes = ready.request.minutes
        self._ends = math.inf if minutes is None else time.monotonic() + 60 * minutes

    def walk(self) -> Walked:
        """Clean images and all steps that are asked for. However few the minutes, the first step is done."""
        policy, steps = self._ready.request.policy, self._steps
        first = Task(side=self._ready.data)
        clean = self._look(1, policy.shifts, first)[first.key]
        after = dict.fromkeys(policy.shifts, 1)
        open_, hurried = self._open(after), False
        for step in range(2, len(steps.sizes) + 1):
            # against the clock one shift after the other, the nearest to its decision first; else all side by side
            parts = [open_] if self._ends == math.inf else [(shift,) for shift in open_]
            for some in parts if open_ else ():
                hurried = hurried or time.monotonic() > self._ends
                if not hurried:
                    self._look(step, some)
                    after |= dict.fromkeys(some, step)
            open_ = self._open(after)
        whole = {place: joined(parts, steps) for place, parts in self._found.items()}
        stopped = Stopped(steps=steps, after=after, hurried=hurried and bool(open_))
        return Walked(clean=clean, dial=whole, stopped=stopped)

    def _look(self, step: int, shifts: Sequence[str], *more: Task) -> Mapping[str, Predictions]:
        tasks = tasks_of(self._ready, self._steps, step, shifts)
        self._monitor.begin("looks" if step == 1 else f"looks, step {step}", len(tasks) + len(more))
        found = self._predict((*more, *tasks))
        for task in tasks:
            self._found.setdefault(task.condition, []).append(found[task.key])
        return found

    def _open(self, after: Mapping[str, int]) -> tuple[str, ...]:
        policy, labels = self._ready.request.policy, self._ready.data.labels
        if labels is None:  # `steps_of` asks for them
            raise ValueError("steps need labels")
        rights, score = {}, policy.severity.metric
        for shift, last in after.items():
            parts = self._found[Condition(shift, policy.severity.at)][:last]
            each = [int(part.right(labels[self._steps.new(i + 1)], score).sum()) for i, part in enumerate(parts)]
            rights[shift] = list(accumulate(each))
        return undecided(policy, rights, self._steps)


def joined(parts: Sequence[Predictions], steps: Steps) -> Predictions:
    """The answers of all steps, in the order of the images."""
    if len(parts) == 1:
        return parts[0]
    whole = steps.first(len(parts))
    places = [np.searchsorted(whole, steps.new(i + 1)) for i in range(len(parts))]

    def filled(arrays: Sequence[Floats]) -> Floats:
        kind = np.result_type(*arrays)
        out = room_for((len(whole), arrays[0].shape[1]), kind.type, MOST_IN_MEMORY)
        for place, array in zip(places, arrays, strict=True):
            out[place] = array
        return out

    return Predictions(**{name: filled([one.arrays[name] for one in parts]) for name in parts[0].arrays})


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
    found = {shift: steps.gate(counts, rule.at_least, confidence) for shift, counts in rights.items()}
    words = decide([one.p_above for one in found.values()], [one.p_below for one in found.values()], 1 - confidence)
    open_ = [shift for shift, one in zip(found, words, strict=True) if one.word == "cannot tell"]
    return tuple(sorted(open_, key=lambda shift: (-abs(found[shift].value - rule.at_least), shift)))
