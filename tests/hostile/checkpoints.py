"""The catalogue of checkpoints: hostile, broken, and odd but genuine. Each is built by code and small."""

from tests.hostile import cases
from tests.hostile.assembled import ASSEMBLED, HARMLESS
from tests.hostile.cases import Case
from tests.hostile.containers import containers
from tests.hostile.endless import ENDLESS
from tests.hostile.genuine import GENUINE
from tests.hostile.headers import HEADERS
from tests.hostile.lightning import ODD, WITHIN
from tests.hostile.payloads import PAYLOADS
from tests.hostile.tensors import TENSORS

LIVE = (*PAYLOADS, *ASSEMBLED, *WITHIN)
"""Those that run code where they are loaded without care; a test proves it."""

FAMILIES: dict[str, tuple[Case, ...]] = {
    "pickles that run code": (*PAYLOADS, *ASSEMBLED),
    "the same among a training's settings": (*WITHIN, *ODD),
    "containers, strangers, damaged files": (*HARMLESS, *containers()),
    "tensors, names, wrappers": tuple(TENSORS),
    "safetensors headers that lie": tuple(HEADERS),
    "files without end": (*(case for case in ENDLESS if case.expected == "refused"),),
    "odd but genuine": (*GENUINE, *(case for case in ENDLESS if case.expected == "accepted")),
}

CHECKPOINTS = tuple(case for family in FAMILIES.values() for case in family)


def counts() -> dict[str, int]:
    """How many are refused and accepted."""
    return cases.counts(CHECKPOINTS)
