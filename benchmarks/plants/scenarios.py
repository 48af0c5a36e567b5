"""The scenarios: what is planted where, and which answers are right. `answers.csv` is the list.

It was committed before any scenario was diagnosed. `kind` is the cause that was planted; `accepted` holds it first,
then other names under which the same finding is right. `measure` is the number that the plant moves.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from plants.checkpoints import Ground
    from plants.planting import Planted

ANSWERS = Path(__file__).with_name("answers.csv")
DEV, HELD_OUT = "dev", "held_out"
UNSEEN_DATA, UNSEEN_NETWORK = "photographs", "vit"  # of the held-out half alone
NO_FAULT, OPEN = "no_fault", "open"
SEED = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One run with its right answers."""

    plant: str
    data: str
    network: str
    kind: str
    accepted: tuple[str, ...]
    measure: str  # "zero_shot", "home", "gain" (transfer - scratch), "head_lead" (linear_probe - transfer) or an arm
    half: str = DEV

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return f"{self.plant}-{self.data}-{self.network}"


def scenarios() -> tuple[Scenario, ...]:
    """All of them, in the order of the list."""
    with ANSWERS.open(newline="") as file:
        return tuple(
            Scenario(**{**line, "accepted": tuple(line["accepted"].split("|"))})  # type: ignore[arg-type]
            for line in csv.DictReader(file)
        )


def halves(kinds: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """Which half each scenario is in, by seed: of every kind about as many in both.

    Args:
        kinds: kind, data and network of each; those with data or a network that dev must not see are held out.
    """
    rng, found, taken = np.random.default_rng(SEED), [], dict[str, list[int]]()
    for i, (kind, data, network) in enumerate(kinds):
        found.append(HELD_OUT)
        if data != UNSEEN_DATA and network != UNSEEN_NETWORK:
            taken.setdefault(kind, []).append(i)
    total, dev = len(found), 0
    for places in taken.values():
        order = rng.permutation(places).tolist()
        share = -(-len(order) // 2) if dev <= total / 2 else len(order) // 2
        for i in order[:share]:
            found[i], dev = DEV, dev + 1
    return tuple(found)


@cache
def plants() -> "Mapping[str, Callable[[Ground, bool], Planted]]":
    """What can be planted, by name; torch is imported here."""
    from plants import in_file, in_target, in_training

    return {**in_file.PLANTS, **in_target.PLANTS, **in_training.PLANTS}


def planted(scenario: Scenario, *, undone: bool = False) -> "Planted":
    """What a scenario's run is made of, with its plant or without."""
    from plants.checkpoints import ground
    from plants.domains import DOMAINS

    return plants()[scenario.plant](ground(DOMAINS[scenario.data](), scenario.network), undone)
