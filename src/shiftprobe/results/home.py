"""How good a checkpoint is at home: on images of its source that are known not to have trained it."""

from dataclasses import dataclass

from shiftprobe.core.escape import escape
from shiftprobe.results.about import TrainedBy
from shiftprobe.results.model import SourceAccuracy
from shiftprobe.spec.trained import ALL, NONE

UNKNOWN = (
    "nobody said which images of the source trained the checkpoint, and one that is judged on images that trained it "
    "looks better at home than it is; say --trained-on all, none or a CSV of them (source.trained)"
)

UNNAMED = (
    "nobody said which of the checkpoint's outputs stands for each class of the source; name them in source.classes"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The accuracy at home, or why there is none."""

    accuracy: SourceAccuracy | None = None
    reason: str = ""
    trained: TrainedBy = "here"


def trained_by(said: tuple[str, ...] | None, *, brought: bool) -> TrainedBy:
    """Which images trained the checkpoint, as far as it was said.

    Args:
        said: the spec's `source.trained`.
        brought: the weights came from elsewhere.
    """
    if not brought:
        return "here"
    if said is None:
        return "unknown"
    return "none" if said == (NONE,) else "all" if said == (ALL,) else "named"


def at_home(
    measured: SourceAccuracy | None,
    said: tuple[str, ...] | None,
    *,
    brought: bool,
    source: bool = True,
    known: bool = True,
) -> Home:
    """What may be said of a checkpoint at home.

    Args:
        measured: its accuracy on the images that the run took for held out; None where there were none.
        said: the spec's `source.trained`.
        brought: the weights came from elsewhere.
        source: whether the run has images of the source at all.
        known: whether it is known which output stands for each class of the source.
    """
    trained = trained_by(said, brought=brought)
    if not source:
        return Home(trained=trained)
    if trained == "unknown":
        return Home(reason=UNKNOWN, trained=trained)
    if trained == "all":
        return Home(reason="all images of the source trained the checkpoint (source.trained: all)", trained=trained)
    if brought and not known:
        return Home(reason=UNNAMED, trained=trained)
    if measured is None and trained == "named":
        names = ", ".join(escape(name, 60) for name in said or ())
        return Home(reason=f"every image of the source trained the checkpoint, by {names}", trained=trained)
    return Home(accuracy=measured, trained=trained)
