"""One way to time two things: in one run, interleaved, medians, printed as a ratio against a named baseline."""

import statistics
import time
from collections.abc import Callable, Mapping

Work = Callable[[], object]


def seconds(work: Work) -> float:
    """Processor time of one call, in seconds: what other programs do beside us counts least in it."""
    began = time.process_time()
    work()
    return time.process_time() - began


def ratios(works: Mapping[str, Work], baseline: str, *, rounds: int = 7) -> dict[str, float]:
    """Median over rounds of each one's time divided by the baseline's time in the same round.

    Every round calls all of them once, so that a machine that slows down slows all of them; one round before
    the first is not counted.
    """
    for work in works.values():
        work()
    times = [{name: seconds(work) for name, work in works.items()} for _ in range(rounds)]
    return {name: statistics.median(one[name] / one[baseline] for one in times) for name in works}


def show(title: str, found: Mapping[str, float], baseline: str) -> None:
    """A line per contender, the baseline as 1.00."""
    print(f"{title} (processor time, median ratio against {baseline})")
    for name, ratio in sorted(found.items(), key=lambda item: item[1]):
        print(f"  {ratio:6.2f} x  {name}")
