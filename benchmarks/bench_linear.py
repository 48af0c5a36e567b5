"""Linear probes at eight strengths against one plain solve and against scikit-learn; and what a table on disk takes."""

import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeClassifier, RidgeClassifierCV
from threadpoolctl import threadpool_limits

from harness import ratios, show
from shiftprobe.metrics import fit_probe, fit_with_control
from shiftprobe.metrics.linear_probe import STRENGTHS

IMAGES, FEATURES, CLASSES, FEW = 20_000, 512, 10, 300
LARGE = 50_000

threadpool_limits(1)
rng = np.random.default_rng(0)
labels = np.arange(IMAGES) % CLASSES
x = np.maximum(rng.normal(size=(IMAGES, FEATURES)) + 0.2 * rng.normal(size=(CLASSES, FEATURES))[labels], 0)
x = x.astype(np.float32)


def standardised(n: int) -> np.ndarray:
    z = x[:n].astype(np.float64)
    return np.asarray((z - z.mean(axis=0)) / z.std(axis=0))


def solve(n: int, strength: float = 1.0) -> np.ndarray:
    """The plain way at one strength: standardise, X'X, solve."""
    z, wanted = standardised(n), np.eye(CLASSES)[labels[:n]]
    wanted -= wanted.mean(axis=0)
    return np.linalg.solve(z.T @ z + strength * np.eye(FEATURES), z.T @ wanted)


def bare(z: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Of the same, X'X and the solve alone, on float64 features that are ready."""
    return np.linalg.solve(z.T @ z + np.eye(FEATURES), z.T @ wanted)


def peers(n: int) -> dict[str, Callable[[], object]]:
    def ridges() -> None:
        for strength in STRENGTHS:
            RidgeClassifier(alpha=strength).fit(standardised(n), labels[:n])

    return {
        "one solve": lambda: solve(n),
        "fit_probe, 8 strengths and the choice": lambda: fit_probe(x[:n], labels[:n]),
        "fit_with_control": lambda: fit_with_control(x[:n], labels[:n]),
        "scikit-learn, 8 RidgeClassifier": ridges,
        "scikit-learn, RidgeClassifierCV": lambda: RidgeClassifierCV(STRENGTHS).fit(standardised(n), labels[:n]),
    }


def logistic() -> None:
    LogisticRegression(max_iter=200).fit(standardised(IMAGES).astype(np.float32), labels)


def memory() -> None:
    """Peak of all arrays while fitting a table on disk of 102 MB, which would be 205 MB as float64."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features.npy"
        table = np.lib.format.open_memmap(path, "w+", np.float32, (LARGE, FEATURES))
        for start in range(0, LARGE, 10_000):
            table[start : start + 10_000] = x[:10_000]
        table.flush()
        del table
        tracemalloc.start()
        fit_probe(np.load(path, mmap_mode="r"), np.arange(LARGE) % CLASSES)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    print(f"N={LARGE}, d={FEATURES} on disk: arrays took {peak:.0f} MB at most")


if __name__ == "__main__":
    memory()
    ready, one_hot = standardised(IMAGES), np.eye(CLASSES)[labels]
    one = {"one bare solve": lambda: bare(ready, one_hot), **peers(IMAGES)}
    title = f"N={IMAGES}, d={FEATURES}, {CLASSES} classes, 1 thread"
    show(title, ratios(one, "one bare solve", rounds=5), "one bare solve")
    once = {"one solve": lambda: solve(IMAGES), "scikit-learn, one LogisticRegression": logistic}
    show(title, ratios(once, "one solve", rounds=1), "one solve")
    few = peers(FEW)
    show(f"N={FEW}, d={FEATURES}", ratios(few, "one solve"), "one solve")
