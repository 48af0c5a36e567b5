"""Is the preprocessing right? The plausible other ones are tried on a sample, and a better one is named."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, gates, interval, status
from shiftprobe.auditing.checks.other_statistics import other_statistics
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import OtherPreprocessing, PreprocessingTrials
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.paired import Gain, Right, gains
from shiftprobe.auditing.predictions import answers
from shiftprobe.auditing.prepared_sample import PreparedSample
from shiftprobe.auditing.types import Check, Outcome
from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.readers import READERS, other_readers
from shiftprobe.core.words import in_points, percent

if TYPE_CHECKING:
    from shiftprobe.models.preprocess import Preprocess

SAMPLE = 256  # labelled clean images
TITLE = "accuracy lost to the way images are prepared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """What the other preparations of the sample give."""

    gains: Mapping[str, Gain]
    reasons: Mapping[str, str]  # why one could not be tried
    n: int

    def best(self) -> str | None:
        """The one that gains most; None where none could be tried."""
        return max(self.gains, key=lambda name: self.gains[name].value, default=None)

    def named(self, word: Outcome) -> str:
        """The one that a reason is about: where it cannot be told, the one that could gain most."""
        best = max(self.gains, key=lambda name: self.gains[name].value)
        return max(self.gains, key=lambda name: self.gains[name].alone) if word == "cannot tell" else best


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLooks:
    """Which images of a sample are right as they are prepared, and in every other way."""

    now: Right
    rights: Mapping[str, Right]
    reasons: Mapping[str, str]  # why a way could not be tried

    def gained(self, confidence: float) -> Alternatives:
        """What each way adds."""
        found = gains(self.now, self.rights, confidence)
        return Alternatives(gains=found, reasons=self.reasons, n=len(self.now))

    def some(self, places: NDArray[np.int64]) -> "OtherLooks":
        """The same of some of the images, of which one may stand more than once."""
        rights = {name: right[places] for name, right in self.rights.items()}
        return replace(self, now=self.now[places], rights=rights)


def preprocessing(evidence: AuditEvidence) -> Part:
    """Whether another way to prepare images would add accuracy, on at most 256 labelled clean images.

    Where images are larger than the working resolution all ways, the present one too, look at images brought to it.

    Fails when the gain of the best is proven to pass the threshold: the low end of an interval that holds for the
    best of all tried lies above it, and Holm's p is below the policy's level. Passes when every single one's interval
    ends at or below it, which needs no widening. Cannot be told where new batch statistics are what helps.

    Raises:
        NotAvailableError: when there is no other way to try.
    """
    from shiftprobe.models.alternatives import alternatives

    index = sample(len(evidence.data), evidence.policy.seed)
    looks = look_otherwise(evidence, index)
    tried = looks.gained(evidence.policy.confidence)
    part, word = judged(tried, evidence), _word(tried, evidence)
    if word == "pass":
        return part
    best = tried.named(word)
    way = alternatives(evidence.subject.preprocess, READERS)[best]
    other = other_statistics(evidence, index, way, (looks.now, looks.rights[best]))
    if other is None or not other.suspected(tried.gains[best], evidence.policy.preprocessing.at_most):
        return part
    return other.instead_of(part, evidence, best)


def judged(tried: Alternatives, evidence: AuditEvidence) -> Part:
    """What the other preparations come to.

    Raises:
        NotAvailableError: when there is no other way to try.
    """
    if not tried.gains:
        raise NotAvailableError("no other preprocessing could be tried")
    return Part(checks=(_check(tried, evidence),), shown=Measurements(preprocessing=trials(tried, evidence)))


def try_alternatives(evidence: AuditEvidence) -> Alternatives:
    """Let the checkpoint look at the sample in every other way that changes what it is given."""
    return look_otherwise(evidence, sample(len(evidence.data), evidence.policy.seed)).gained(evidence.policy.confidence)


def look_otherwise(evidence: AuditEvidence, index: NDArray[np.int64]) -> OtherLooks:
    """Which of these images are right, and which would be in every other way that changes what the network is given."""
    from shiftprobe.models.alternatives import alternatives, changing

    subject, how = evidence.subject, evidence.subject.preprocess
    labels, pixels = evidence.labels[index], PreparedSample(evidence, index)
    rights: dict[str, Right] = {}
    reasons: dict[str, str] = {}
    traits = evidence.data.bundle.traits
    readers = other_readers((traits[i] for i in evidence.data.index[index].tolist()), how.reader)
    for name, other in changing(how, alternatives(how, readers), pixels.prepared).items():
        try:
            rights[name] = answers(subject, subject.model, pixels.prepared(other), other).right(labels)
        except NotAvailableError as error:
            reasons[name] = str(error)
    if evidence.working is None:
        now = evidence.clean.right(evidence.labels)[index]
    else:
        now = answers(subject, subject.model, pixels.prepared(how), how).right(labels)
    return OtherLooks(now=now, rights=rights, reasons=reasons)


def sample(n: int, seed: int) -> NDArray[np.int64]:
    """Which of n images are looked at again, growing places."""
    return np.sort(seeding.generator(seed, "preprocessing", n).permutation(n)[:SAMPLE]).astype(np.int64)


def proven(tried: Alternatives, confidence: float, above: float = 0.0) -> str | None:
    """The alternative that gains most, where more than `above` is proven for the best of all tried."""
    best = tried.best()
    if best is None:
        return None
    found = tried.gains[best]
    return best if found.low > above and found.p_holm < 1.0 - confidence else None


def flags(now: "Preprocess", other: "Preprocess") -> str:
    """The flags that turn one preprocessing into another."""
    said = [
        f"--{name} {_numbers(getattr(other, name))}"
        for name in ("mean", "std")
        if getattr(other, name) != getattr(now, name)
    ]
    if (other.resize, other.size) != (now.resize, now.size):  # --size alone stretches
        said.append(f"--size {other.size}" if other.resize is None else f"--resize {other.resize} --size {other.size}")
    said += [
        f"--{name} {getattr(other, name)}"
        for name in ("interpolation", "order", "reader")
        if getattr(other, name) != getattr(now, name)
    ]
    return " ".join(said)


def _numbers(values: tuple[float, ...]) -> str:
    return f"{values[0]:.6g}" if len(set(values)) == 1 else ",".join(f"{value:.6g}" for value in values)


def _word(tried: Alternatives, evidence: AuditEvidence) -> Outcome:
    most = evidence.policy.preprocessing.at_most
    if proven(tried, evidence.policy.confidence, most) is not None:
        return "fail"
    return "pass" if max(one.alone for one in tried.gains.values()) <= most else "cannot tell"


def _check(tried: Alternatives, evidence: AuditEvidence) -> Check:
    from shiftprobe.models.alternatives import alternatives

    rule, now, word = evidence.policy.preprocessing, evidence.subject.preprocess, _word(tried, evidence)
    named = tried.named(word)
    found, option = tried.gains[named], flags(now, alternatives(now, READERS)[named])
    fixes = {
        "fail": f"prepare images as the checkpoint was trained: audit again with {option}",
        "cannot tell": f"audit again with {option} and compare the accuracies on all images",
        "pass": "",
    }
    return replace(
        begun("preprocessing", TITLE, evidence="#preprocessing", fix=fixes[word]),
        status=status(rule, word),
        gates=gates(rule),
        reason=_reason(tried, named, word, evidence),
        value=found.value,
        low=found.low,
        high=found.alone if word == "pass" else found.high,
        n=found.n,
        unit="points",
        threshold=rule.at_most,
        relation="at most",
        p=found.p if word == "fail" else None,
        p_holm=found.p_holm if word == "fail" else None,
    )


def _reason(tried: Alternatives, named: str, word: Outcome, evidence: AuditEvidence) -> str:
    found, count, confidence = tried.gains[named], len(tried.gains), evidence.policy.confidence
    most = f"{100 * evidence.policy.preprocessing.at_most:.1f} points"
    held = interval(found.low, found.high, found.n, confidence) + (f", for the best of {count}" if count > 1 else "")
    if word == "fail":
        return (
            f"accuracy rises from {percent(found.before)} to {percent(found.after)} with {named} "
            f"(by {100 * found.value:.1f} points, {held}): is your preprocessing right?"
        )
    moves = f"{named} moves accuracy by {in_points(found.value)} points"
    if word == "cannot tell":
        return f"whether another preprocessing adds more than {most} cannot be told: {moves} ({held})"
    alone = interval(found.low, found.alone, found.n, confidence)
    more = f"adds more than {most}; the best" if found.value > 0 else "is better; the nearest"
    return f"none of {count} other ways to prepare images {more}, {moves} ({alone})"


def trials(tried: Alternatives, evidence: AuditEvidence) -> PreprocessingTrials:
    """What was tried, for the page and for the repair."""
    rows = [
        OtherPreprocessing(name=name, accuracy=one.after, gain=one.value, low=one.low, high=one.high)
        for name, one in tried.gains.items()
    ]
    rows += [OtherPreprocessing(name=name, reason=why) for name, why in tried.reasons.items()]
    return PreprocessingTrials(tried=tuple(rows), n=tried.n, best=proven(tried, evidence.policy.confidence))


QUESTIONS.add(Question(name="preprocessing", title=TITLE, section="preprocessing", ask=preprocessing, looks=True))
