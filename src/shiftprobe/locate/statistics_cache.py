"""The source's statistics under any chain of shifts, computed once and in threads."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.monitor import Monitor
from shiftprobe.core.seeding import image_generator, integer
from shiftprobe.core.types import Features
from shiftprobe.locate.image_statistics import describe
from shiftprobe.locate.space import SourceScale
from shiftprobe.shifts import SHIFTS

Chain: TypeAlias = tuple[tuple[str, float], ...]
"""Shifts in the order in which they are applied, each with its dose."""


class StatisticsCache:
    """Scaled statistics of the source's first images under a chain; what was asked for before is kept."""

    def __init__(self, images: NDArray[np.uint8], scale: SourceScale, seed: int, threads: int) -> None:
        self._images, self._scale, self._threads = images, scale, threads
        self._seed = integer(seed, "locate", "draws") % 2**32
        self._kept: dict[Chain, Features] = {}

    def rows(self, chain: Chain, count: int) -> Features:
        """Scaled statistics (count, D) of the first images under a chain; of all where there are no more."""
        count = min(count, len(self._images))
        kept = self._kept.get(chain)
        have = 0 if kept is None else len(kept)
        if have < count:
            more = self._scale(describe(self._shifted(chain, have, count)))
            kept = self._kept[chain] = more if kept is None else np.concatenate([kept, more])
        return self._kept[chain][:count]

    def fill(self, chains: Iterable[Chain], count: int, monitor: Monitor | None = None) -> None:
        """Compute many chains at once; the monitor is told of each."""
        wanted = list(dict.fromkeys(chains))
        with ThreadPoolExecutor(self._threads) as pool:
            for _ in pool.map(lambda chain: self.rows(chain, count), wanted):
                if monitor:
                    monitor.step()

    def _shifted(self, chain: Chain, start: int, stop: int) -> NDArray[np.uint8]:
        steps = [SHIFTS[name].at(dose) for name, dose in chain]  # a transform belongs to one thread
        made = []
        for index in range(start, stop):
            image = self._images[index].copy()
            for place, step in enumerate(steps):
                image = step(image, image_generator(self._seed + place, index))
            made.append(image)
        return np.stack(made)
