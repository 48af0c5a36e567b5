"""UMAP of 5,000 points in a fresh process, beside umap-learn as it comes; and what of the neighbourhoods both keep.

A run lays out its points once, so what counts is the whole process: imports, compiling, the layout. Each contender is
a process of its own, its processor time taken when it ends. Data: 10 groups in 512 features after a ReLU.
"""

import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping

POINTS, FEATURES, GROUPS, ROUNDS = 5000, 512, 10, 2
OURS, DEFAULT = "shiftprobe.metrics.umap_layout", "umap-learn, defaults and a seed"

MADE = f"""
import warnings
import numpy as np
from threadpoolctl import threadpool_limits
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
centres = rng.normal(size=({GROUPS}, {FEATURES}))
x = np.maximum(centres[np.arange({POINTS}) % {GROUPS}] + rng.normal(size=({POINTS}, {FEATURES})), 0).astype(np.float32)
"""
LAID_OUT = {
    OURS: "from shiftprobe.metrics import umap_layout\nwith threadpool_limits(1): y = umap_layout(x, seed=0)\n",
    DEFAULT: "from umap import UMAP\nwith threadpool_limits(1): y = UMAP(random_state=0, n_jobs=1).fit_transform(x)\n",
}
JUDGED = """
from shiftprobe.metrics import faithfulness
found = faithfulness(x[:2000], y[:2000])
print(f"{found.trustworthiness:.4f} {found.continuity:.4f}")
"""


def child(code: str) -> tuple[float, str]:
    """Processor time in seconds of a fresh Python, children of its own included, and what it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.strip()


def interleaved(codes: Mapping[str, str]) -> dict[str, list[float]]:
    """Times of each, in rounds: a machine that slows down slows all of them."""
    rounds = [{name: child(code)[0] for name, code in codes.items()} for _ in range(ROUNDS)]
    return {name: [one[name] for one in rounds] for name in codes}


if __name__ == "__main__":
    empty, _ = child(MADE)
    times = interleaved({name: MADE + code for name, code in LAID_OUT.items()})
    print(
        f"UMAP of {POINTS} points, {FEATURES} features, a fresh process each (making the data, {empty:.1f} s, included)"
    )
    for name, took in times.items():
        ratio = statistics.median(one / base for one, base in zip(took, times[DEFAULT], strict=True))
        print(f"  {ratio:6.2f} x  {statistics.median(took):5.1f} s  {name}")
    for name, code in LAID_OUT.items():
        print(f"  trustworthiness, continuity on 2,000 points: {child(MADE + code + JUDGED)[1]}  {name}")
