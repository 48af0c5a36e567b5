"""What a shift costs per image, against the libraries that have the like, at 32 and at 224 px.

Ours stands in the middle of its dial (severity 0.5) and pays for the generator of its image. Albumentations is called
bare: one transform, p=1, a range of one value, as near to our dose as it has. torchvision v2 gets a uint8 tensor and
the same. imagecorruptions and corrupt_tta, when they can be imported (neither is a dependency of ours), stand in the
middle of theirs: severity 3 of 5, constants made for 224 px. One RGB photo, one thread, no batch anywhere.

The families that both have go into a geometric mean; a family that only one of them has is no contest. What
Albumentations takes under 50 µs for is call overhead, and is counted on its own.
"""

import contextlib
import functools
import importlib
import importlib.metadata
import os
import statistics
import warnings
from collections.abc import Mapping
from types import ModuleType

import cv2
import numpy as np
import skimage.data
import torch
from torchvision.transforms import v2

from harness import Work, ratios, seconds
from shift_peers import LIKE
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image
from shiftprobe.shifts import SHIFTS, albumentations

SIDES = (32, 224)
SEVERITY, LEVEL = 0.5, 3  # of 1, of 5
LEAST = 0.006  # seconds that a contender is timed for in a round, if that takes more than one call
MOST = 100  # calls in a round
CHEAP = 50e-6  # seconds: below it a call is mostly overhead
CORRUPTIONS = ("imagecorruptions", "corrupt_tta")
OURS, BARE, VISION = "shiftprobe", "albumentations", "torchvision"
PEERS = (BARE, VISION, *CORRUPTIONS)


def photo(side: int) -> Image:
    """An astronaut in front of a flag and a rocket."""
    whole = skimage.data.astronaut()  # type: ignore[no-untyped-call]
    return np.asarray(cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def importable() -> dict[str, ModuleType]:
    """The libraries of published corruptions that are here."""
    found = {}
    for name in CORRUPTIONS:
        with contextlib.suppress(ImportError):
            found[name] = importlib.import_module(name)
    return found


def contenders(name: str, image: Image, corruptions: Mapping[str, ModuleType]) -> dict[str, Work]:
    """One call of each library on one image; those that fail on it are named and left out."""
    like, side, change = LIKE[name], len(image), SHIFTS[name].at(SEVERITY)
    works: dict[str, Work] = {OURS: lambda: change(image, image_generator(0, 0))}
    if like.bare:
        bare = like.bare(albumentations(), side)
        works[BARE] = lambda: bare(image=image)["image"]
    if like.vision:
        vision, tensor = like.vision(v2, side), torch.from_numpy(image).permute(2, 0, 1).contiguous()
        works[VISION] = lambda: vision(tensor)
    for library, module in corruptions.items() if like.corruption else ():
        works[library] = functools.partial(module.corrupt, image, severity=LEVEL, corruption_name=like.corruption)
    for peer in [*works]:
        try:
            works[peer]()
        except Exception as error:  # noqa: BLE001 -- what a peer raises on today's numpy is its own affair
            print(f"  {peer} fails at {name}, {side} px: {type(error).__name__}: {error}")
            del works[peer]
    return works


def timed(works: Mapping[str, Work]) -> tuple[float, dict[str, float]]:
    """Seconds of one call of ours, and each peer's time divided by ours: above 1, ours is faster."""
    calls = {name: int(np.clip(LEAST / seconds(work), 1, MOST)) for name, work in works.items()}
    found = ratios({name: repeated(work, calls[name]) for name, work in works.items()}, OURS, rounds=11)
    alone = repeated(works[OURS], calls[OURS])
    ours = statistics.median(seconds(alone) for _ in range(5)) / calls[OURS]
    return ours, {name: ratio * calls[OURS] / calls[name] for name, ratio in found.items()}


def repeated(work: Work, calls: int) -> Work:
    """The same work several times over: one call can be shorter than the clock is good for."""

    def many() -> None:
        for _ in range(calls):
            work()

    return many


def table(side: int, corruptions: Mapping[str, ModuleType]) -> None:
    """A row per family, and the geometric means over the families that both have."""
    image = photo(side)
    rows = {name: timed(contenders(name, image, corruptions)) for name in LIKE}
    print(f"\n{side} px: our cost per image, and how many times that the others take")
    print(f"| {'family':15} | {'ours, µs':>8} | " + " | ".join(f"{peer:>16}" for peer in PEERS) + " |")
    print(f"|{'-' * 17}|{'-' * 10}|" + f"{'-' * 18}|" * len(PEERS))
    for name, (ours, found) in rows.items():
        shown = " | ".join(f"{found[peer]:16.2f}" if peer in found else " " * 16 for peer in PEERS)
        print(f"| {name:15} | {1e6 * ours:8.0f} | {shown} |")
    print()
    for peer in PEERS:
        shared = [found[peer] for _, found in rows.values() if peer in found]
        if shared:
            print(f"  {peer}: {statistics.geometric_mean(shared):.2f} x ours over {len(shared)} shared families")
    dear = {
        name: 1 / found[BARE] for name, (ours, found) in rows.items() if BARE in found and found[BARE] * ours > CHEAP
    }
    over = {name: f"{name} {ratio:.2f}" for name, ratio in dear.items() if ratio > 1.2}  # noqa: PLR2004
    told = ", ".join(over.values()) or "none"
    print(f"  over 1.2 x bare {BARE} where that takes 50 µs or more ({len(dear)} families): {told}")
    for name in over:
        print(f"    what {BARE} leaves out at {name}: {LIKE[name].bare_lacks or 'nothing'}")


def main() -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    corruptions = importable()
    for name in CORRUPTIONS:
        known = importlib.metadata.packages_distributions().get(name, ["not installed, left out"])[0]
        version = importlib.metadata.version(known) if name in corruptions else ""
        print(f"{name}: {known} {version}")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for side in SIDES:
            table(side, corruptions)


if __name__ == "__main__":
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    main()
