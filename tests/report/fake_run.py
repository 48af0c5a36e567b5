"""A run folder as a sweep leaves it, without training anything. Numbers follow the measured digits run."""

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tests.report import fake_pair

ARMS = ("zero_shot", "scratch", "transfer")
CLASSES = tuple("0123456789")
REST = {"budget": None, "seed": None, "reason": "", "n": 1000, "unit": "fraction"}


@dataclass(frozen=True, kw_only=True)
class Fake:
    """What varies between the runs of these tests."""

    name: str = "digits"
    shifts: tuple[str, ...] = ("gaussian_noise", "gaussian_blur")
    severities: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    budgets: tuple[int, ...] = (300,)
    seeds: int = 3
    taps: tuple[str, ...] = ("blocks.0", "blocks.1", "blocks.2", "blocks.10", "penultimate")
    classes: tuple[str, ...] = CLASSES
    side: int = 28
    channels: int = 1
    compared: bool = True  # with what a run of today keeps about two arms
    moved: bool = True  # with the probe of distances
    scaled: bool = False  # severities are distances

    @property
    def doses(self) -> list[tuple[str, float]]:
        dials = [(shift, dose) for shift in self.shifts for dose in self.severities if dose > 0]
        return [("identity", 0.0), *dials]


Make = Callable[..., Path]


def write_run(path: Path, fake: Fake, changes: Callable[[dict[str, Any], list[Any]], None] | None = None) -> Path:
    (path / "samples").mkdir(parents=True)
    summary, rows = summary_of(fake), list(rows_of(fake))
    if fake.compared:
        fake_pair.add_pair(summary)
        (path / "curves.json").write_text(json.dumps(fake_pair.curves(fake.budgets, fake.seeds)))
        fake_pair.write_gallery(path / "gallery", fake.budgets, fake.seeds, fake.classes)
    if changes:
        changes(summary, rows)
    spec = {
        "name": fake.name,
        "train": {"epochs": 20, "lr": 0.002},
        "source": {"classes": None},
        "shifts": list(fake.shifts),
    }
    environment = {
        "python": "3.11.7", "platform": "Linux", "device": "cpu", "versions": {"torch": "2.15.0"},
        "started": "2030-01-01T00:00:00", "argv": ["elsewhere"],
    }  # fmt: skip
    tables = {"summary": summary, "results": rows, "spec": spec, "environment": environment}
    for name, table in tables.items():
        (path / f"{name}.json").write_text(json.dumps(table))
    for number, (shift, severity) in enumerate(fake.doses):
        if "/" not in shift and len(shift) < 200:
            (path / "samples" / f"{shift}~{severity!r}.npz").write_bytes(images(fake, number))
    return path


def images(fake: Fake, number: int) -> bytes:
    rng = np.random.default_rng(number)
    shape = (fake.side, fake.side, fake.channels)
    ramp = np.broadcast_to(np.linspace(0, 200, fake.side)[:, None, None], shape)
    pictures: dict[str, Any] = {str(i): (ramp + rng.integers(0, 55, shape)).astype(np.uint8) for i in range(8)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **pictures, labels=np.arange(8) % len(fake.classes))
    return buffer.getvalue()


def summary_of(fake: Fake) -> dict[str, Any]:
    data = {"classes": list(fake.classes), "test": 1000, "skipped": 1}
    return {
        "version": 1, "command": "shiftprobe sweep digits", "name": fake.name, "digest": "ab12cd34",
        "verdict": {
            "word": "better", "sentence": "Transfer is better than scratch by 3.5 points.",
            "detail": "In 5 of 9 conditions.",
            "contrast": {"difference": 0.035, "low": 0.01, "high": 0.06, "n": fake.seeds},
        },
        "margin": 0.01, "arms": list(ARMS), "skipped_arms": {}, "shifts": list(fake.shifts),
        "severities": list(fake.severities), "budgets": list(fake.budgets), "seeds": list(range(fake.seeds)),
        "points": [point(fake, *dose, budget, arm) for dose in fake.doses for budget, arm in trained(fake)],
        "contrasts": [contrast(fake, *dose, budget) for dose in fake.doses for budget in fake.budgets],
        "data": {
            "source": {**data, "name": "digits:mnist", "train": 1500},
            "target": {**data, "name": "digits:mnist", "pool": 1500, "refused": 2500, "duplicates": 3,
                       "near_duplicates": 4},
        },
        "failed": [], "pairing": "paired over 3 seeds (hashes agree)",
        "source_accuracy": {"value": 0.976, "low": 0.9645, "high": 0.9838, "n": 1000},
        "scale": scale(fake) if fake.scaled else None,
    }  # fmt: skip


def scale(fake: Fake) -> dict[str, Any]:
    """Every second shift falls short of the common distance, at 62 % of it."""
    reach = {shift: 0.62 if i % 2 else 1.0 for i, shift in enumerate(fake.shifts)}
    doses = {
        shift: {repr(s): min(1.0, 0.9 * s / part) for s in fake.severities if s > 0} for shift, part in reach.items()
    }
    return {"common": 0.31, "reach": reach, "doses": doses}


def distance(fake: Fake, shift: str, severity: float) -> float:
    """Mean 1 - SSIM: the first shift moves the images farthest."""
    if shift == "identity":
        return 0.0
    place = fake.shifts.index(shift)
    return min(severity, scale(fake)["reach"][shift]) * 0.31 if fake.scaled else 0.4 * severity / (1 + 0.25 * place)


def trained(fake: Fake) -> list[tuple[int | None, str]]:
    return [(None, "zero_shot"), *((budget, arm) for budget in fake.budgets for arm in ARMS[1:])]


def point(fake: Fake, shift: str, severity: float, budget: int | None, arm: str) -> dict[str, Any]:
    fall = {"zero_shot": 0.85, "scratch": 0.2, "transfer": 0.08}[arm]
    mean = {"zero_shot": 0.98, "scratch": 0.93, "transfer": 0.97}[arm] - fall * severity
    n = 1 if budget is None else fake.seeds
    values = [mean + 0.01 * (i - (n - 1) / 2) for i in range(n)]
    return {
        "shift": shift, "severity": severity, "budget": budget, "arm": arm, "mean": mean,
        "std": 0.01 if n > 1 else None, "n": n, "values": values, "low": mean - 0.015, "high": mean + 0.012,
        "images": 1000, "reason": "",
    }  # fmt: skip


def contrast(fake: Fake, shift: str, severity: float, budget: int) -> dict[str, Any]:
    difference, half, several = 0.04 + 0.12 * severity, 0.03 + 0.14 * severity**2, fake.seeds > 1
    return {
        "shift": shift, "severity": severity, "budget": budget, "a": "transfer", "b": "scratch",
        "difference": difference, "low": difference - half if several else None,
        "high": difference + half if several else None, "sd": 0.012 if several else None, "n": fake.seeds,
        "p": 0.01 if several else None, "p_holm": (0.02 if severity < 0.5 else 0.2) if several else None,
        "p_equivalence": 0.9 if several else None, "margin_certified": difference + half / 2 if several else None,
        "verdict": ("better" if half < difference else "inconclusive") if several else "inconclusive",
        "seeds_needed": [4, 44] if several else None,
        "reason": "" if several else "one seed has no spread", "differences": [difference] * fake.seeds,
    }  # fmt: skip


def rows_of(fake: Fake) -> Iterable[dict[str, Any]]:
    for shift, severity in fake.doses:
        if fake.moved:
            for metric, part, n in (("image_distance", 1.0, 256), ("feature_distance", 0.7, 1000)):
                value = part * distance(fake, shift, severity)
                around = {"value": value, "low": value - 0.01, "high": value + 0.012, "tap": "", "versus": "clean"}
                here = {**REST, "shift": shift, "severity": severity, "n": n, "unit": "distance"}
                yield {**here, **around, "probe": "distance", "metric": metric, "arm": "source"}
        for depth, tap in enumerate(sorted(fake.taps)):
            here = {"shift": shift, "severity": severity, "tap": tap, **REST}
            similar = {"value": 1 - severity * (0.2 + 0.7 * depth / len(fake.taps)), "low": None, "high": None}
            yield {**here, **similar, "probe": "cka", "metric": "cka_debiased", "arm": "source", "versus": "clean"}
            for arm, value in (("source", 0.9 - 0.3 * severity), ("random", 0.6 - 0.3 * severity)):
                around = {"value": value, "low": value - 0.03, "high": value + 0.03}
                yield {**here, **around, "probe": "linear", "metric": "probe_accuracy", "arm": arm, "versus": ""}
