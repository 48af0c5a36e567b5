"""Source models beside the run's own: trained on other labels, wider, or repaired. Each is made once and kept whole."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import write_folder, written_about
from shiftprobe.engine import networks
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.changes import SOURCES
from shiftprobe.engine.changes.base import OWN_SOURCE
from shiftprobe.engine.code_version import version_of
from shiftprobe.engine.versions import DIGEST_CHARACTERS
from shiftprobe.models.formats.checkpoint import save_state, state_digest
from shiftprobe.models.sharing import check_room

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup

RUNS = ("engine.other_sources",)  # what makes one


def source_version(setup: "Setup", name: str) -> str:
    """What tells the weights of a source model from others: a digest of them; empty where they are not there.

    The run's own needs none: it is part of the run's identity.
    """
    if name == OWN_SOURCE:
        return OWN_SOURCE
    about = written_about(setup.run.other_source(name)) or {}
    return str(about.get("weights", "")) if is_of(about, _by(setup, name)) else ""


def make_other_source(setup: "Setup", name: str) -> None:
    """Make a source model and put it into the run folder; leave it alone when it is there and whole.

    Raises:
        RunError: when it is not there, and not made by training.
        UnknownNameError: when there is none of that name.
    """
    if source_version(setup, name):
        return
    make = SOURCES[name].make
    if make is None:
        folder = escape(setup.run.other_source(name))
        raise RunError(f"{folder}: wanted the source model {name}, got none; run the same command again")
    keep_source(setup, name, make(setup))


def keep_source(setup: "Setup", name: str, model: "nn.Module", *, also: Sequence[str] = ()) -> None:
    """Put a source model into the run folder, in place of what goes by its name; its holder calls this.

    Args:
        setup: the resolved spec.
        name: of the source model.
        model: its weights.
        also: what else tells trainings that begin from it from others: changes of the images that they meet.
    """
    weights = "; ".join((state_digest(model.state_dict()), *also))
    files = {networks.WEIGHTS: save_state(model)}
    check_room()
    write_folder(setup.run.other_source(name), files, {**_by(setup, name), "weights": weights})


def other_source(setup: "Setup", name: str) -> "nn.Module":
    """A source model of the run by name, in evaluation mode.

    Raises:
        RunError: when it is not there, or not as it was written.
        UnknownNameError: when there is none of that name.
    """
    if name == OWN_SOURCE:
        return networks.source(setup)
    kind = SOURCES[name]
    folder = setup.run.other_source(name)
    if not source_version(setup, name):
        raise RunError(f"{escape(folder)}: wanted the source model {name}, got none; sources/*.error.txt says why")
    return networks.loaded(kind.build(setup, setup.source_classes, 0), folder / networks.WEIGHTS)


def _by(setup: "Setup", name: str) -> dict[str, object]:
    """What the folder of a source model says of itself: where it belongs, and the code that made it."""
    made = SOURCES[name].make is not None
    code = version_of(SOURCES, name, RUNS)[:DIGEST_CHARACTERS] if made else ""
    return {**place(setup.run), "what": f"the source model {name}", "code": code}
