"""How good a checkpoint is at home: on images of its source that are known not to have trained it."""

from dataclasses import dataclass

from shiftprobe.core.escape import escape
from shiftprobe.results.about import TrainedBy
from shiftprobe.results.model import SourceAccuracy
from shiftprobe.spec.schema import Spec
from shiftprobe.spec.trained import ALL, NONE

UNKNOWN = (
    "nobody said which images of the source trained the checkpoint, and one that is judged on images that trained it "
    "looks better at home than it is; say --trained-on all, none or a CSV of them (source.trained)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The accuracy at home, or why there is none."""

    accuracy: SourceAccuracy | None = None
    reason: str = ""
    trained: TrainedBy = "here"


def trained_by(spec: Spec, *, brought: bool) -> TrainedBy:
    """Which images trained the checkpoint, as far as it was said.

    Args:
        spec: what was asked for.
        brought: the weights came from elsewhere.
    """
    said = spec.source.trained
    if not brought:
        return "here"
    if said is None:
        return "unknown"
    return "none" if said == (NONE,) else "all" if said == (ALL,) else "named"


def at_home(measured: SourceAccuracy | None, spec: Spec, *, brought: bool | None, source: bool = True) -> Home:
    """What may be said of a checkpoint at home.

    Args:
        measured: its accuracy on the images that the run took for held out; None where there were none.
        spec: what was asked for.
        brought: the weights came from elsewhere; None where a folder does not say: then the spec does.
        source: whether the run has images of the source at all.
    """
    trained = trained_by(spec, brought=spec.model.weights != "train" if brought is None else brought)
    if not source:
        return Home(trained=trained)
    if trained == "unknown":
        return Home(reason=UNKNOWN, trained=trained)
    if trained == "all":
        return Home(reason="all images of the source trained the checkpoint (source.trained: all)", trained=trained)
    if measured is None and trained == "named":
        names = ", ".join(escape(name, 60) for name in spec.source.trained or ())
        return Home(reason=f"every image of the source trained the checkpoint, by {names}", trained=trained)
    return Home(accuracy=measured, trained=trained)
