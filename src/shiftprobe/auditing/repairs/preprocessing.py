"""The preprocessing that was found to be better, tried where the checkpoint is to work."""

from dataclasses import replace

from shiftprobe.auditing.checks.preprocessing import flags, trials, try_alternatives
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.repairs.base import REPAIRS, RepairMethod, RepairSite, in_accuracy, unlabelled
from shiftprobe.core.readers import READERS

TITLE = "the right preprocessing"


def preprocessing(evidence: AuditEvidence, site: RepairSite) -> Repair:
    """What the alternative that is proven better on clean images does here; chosen there, so judged fairly here."""
    from shiftprobe.models.alternatives import alternatives

    subject, confidence = evidence.subject, evidence.policy.confidence
    repair = METHOD.begun(site)
    tried = site.preprocessing or trials(try_alternatives(evidence), evidence)
    best = tried.best
    if best is None:
        none = "no other preprocessing is shown to be better on the clean images"
        return replace(repair, what=f"others were tried: {none}", reason=none, n=tried.n)
    at_home = next(one for one in tried.tried if one.name == best)
    repair = replace(
        repair, home_gain=at_home.gain, home_low=at_home.low, home_high=at_home.high, home_n=tried.n, n=tried.n
    )
    other = alternatives(subject.preprocess, READERS)[best]
    repair = replace(repair, title=f"{TITLE} ({best}: {flags(subject.preprocess, other)})")
    if site.labels is None:
        said = f"{best} is better on the clean images; what it gains here {unlabelled(site)}"
        return replace(repair, what=said, reason=unlabelled(site))
    there = predict(subject, site.side, range(len(site.side)), site.dose, other)
    found = in_accuracy(repair, site, there.right(site.labels), confidence, needs="needs no labels")
    return replace(found, title=TITLE)


METHOD = REPAIRS.add(RepairMethod(name="preprocessing", title=TITLE, rank=4, attempt=preprocessing))
