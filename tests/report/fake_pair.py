"""What a run of today adds to the folder: best epochs, seeds in pairs, label worth, curves, a gallery."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

IMAGES = 719
EPOCHS = 20
KEYS = ("both", "a_only", "b_only", "neither")
PAIR = {"a": "transfer", "b": "scratch"}
START = {"shift": "identity", "severity": 0.0}


def add_pair(summary: dict[str, Any]) -> None:
    """Everything that `summary.json` gained."""
    for one in summary["contrasts"]:
        n, known = one["n"], one["low"] is not None
        one["per_seed"] = [seed(one, i, n) for i in range(n)]
        one.update(image_low=one["difference"] - 0.012, image_high=one["difference"] + 0.013)
        half = (one["high"] - one["low"]) / 2 * 1.7 if known else 0.0
        ends = (one["difference"] - half, one["difference"] + half) if known else (None, None)
        one.update(unpaired_low=ends[0], unpaired_high=ends[1])
    summary["best"] = {
        "points": [{**p, "mean": p["mean"] + 0.004} for p in summary["points"] if p["budget"]],
        "contrasts": [dict(c) for c in summary["contrasts"]],
        "verdict": {**summary["verdict"], "word": "inconclusive", "sentence": "At best nobody can tell."},
    }
    budgets = summary["budgets"]
    summary["labels"] = labels(budgets) if len(budgets) > 1 else None
    summary["training"] = training(budgets, len(summary["seeds"]))


def seed(one: dict[str, Any], i: int, n: int) -> dict[str, Any]:
    spread = 0.004 * (i - (n - 1) / 2)
    b, gap = 0.93 + spread, one["difference"] + 0.003 * (-1) ** i
    counts = {"both": 650, "a_only": 31 + i, "b_only": 12, "neither": IMAGES - 693 - i}
    return {"seed": i, "a": b + gap, "b": b, "difference": gap, **counts, "p": 0.0045 if i else 0.00002}


def labels(budgets: list[int]) -> dict[str, Any]:
    rows = [
        {"budget": b, "equal_to": 2.6 * b, "low": 2.1 * b, "high": 3.3 * b, "n": 3, "bound": ""} for b in budgets[:-1]
    ]
    last = {"budget": budgets[-1], "equal_to": budgets[-1], "low": None, "high": None, "n": 3, "bound": "at least"}
    return {
        "sentence": f"transfer with {budgets[0]} labels is worth about {2.6 * budgets[0]:.0f} from scratch.",
        "equivalent_from": budgets[-1],
        "worth": [*rows, last],
    }


def training(budgets: list[int], n: int) -> dict[str, Any]:
    cells = [(arm, budget) for budget in budgets for arm in PAIR.values()]
    return {
        "validation": 0.2,
        "schedule": "Not converged: scratch in 3 of 3 trainings.",
        "epochs": EPOCHS,
        "sentence": "Every arm tried the learning rates 0.001, 0.003 in every cell.",
        "tune": {"lr": [0.001, 0.003]},
        "hyperparameters": [["optimiser", "Adam"], ["batch", "64"]],
        "chosen": [
            {"arm": arm, "budget": budget, "values": {"lr": 0.003}, "count": n, "n": n} for arm, budget in cells
        ],
        "converged": [
            {"arm": arm, "budget": budget, "median_best_epoch": 19.0 if arm == "scratch" else 6.0,
             "last": min(2, n) if arm == "scratch" else 0, "n": n, "epochs": EPOCHS}
            for arm, budget in cells
        ],
    }  # fmt: skip


def curves(budgets: tuple[int, ...], seeds: int) -> list[dict[str, Any]]:
    found = []
    for budget in budgets:
        for arm in PAIR.values():
            for i in range(seeds):
                rng = np.random.default_rng([budget, i, len(arm)])
                steps = np.arange(1, EPOCHS + 1) * (2.2 if arm == "transfer" else 1.0)
                validation = np.clip(0.97 - 0.7 * np.exp(-steps / 6) + rng.normal(0, 0.01, EPOCHS), 0, 1)
                found.append({
                    **START, "budget": budget, "seed": i, "arm": arm,
                    "loss": [float(v) for v in 2.3 * np.exp(-steps / 7) + rng.uniform(0, 0.05, EPOCHS)],
                    "validation": [float(v) for v in validation], "best_epoch": int(validation.argmax()) + 1,
                    "lr": 0.003, "images": budget - budget // 5, "validation_images": budget // 5,
                })  # fmt: skip
    return found


def write_gallery(folder: Path, budgets: tuple[int, ...], seeds: int, classes: tuple[str, ...]) -> None:
    """A gallery per budget; every seventh thumbnail is missing and one is not a picture."""
    folder.mkdir()
    shown = [image(i, seeds, classes) for i in range(36)]
    for i in range(36):
        if i % 7:
            (folder / f"{i}.webp").write_bytes(thumb(i))
    (folder / "1.webp").write_bytes(b"RIFF")
    counts = {"both": 650 * seeds, "a_only": 31 * seeds, "b_only": 12 * seeds, "neither": 26 * seeds}
    found = {"both": 700, "a_only": 40, "b_only": 15, "neither": 30}
    galleries = [
        {**START, **PAIR, "budget": budget, "seeds": list(range(seeds)), "images": IMAGES, "counts": counts,
         "found": found, "shown": shown}
        for budget in budgets
    ]  # fmt: skip
    (folder / "gallery.json").write_text(json.dumps({"galleries": galleries}))


def image(i: int, seeds: int, classes: tuple[str, ...]) -> dict[str, Any]:
    label, other = classes[i % len(classes)], classes[(i + 3) % len(classes)]
    lead, rest = KEYS[i % 4], seeds // 3
    outcomes = {lead: seeds - rest, **({"both": rest} if rest and lead != "both" else {})}
    if lead == "both":
        outcomes = {"both": seeds}
    a = seeds if lead in ("both", "a_only") else rest
    b = seeds if lead in ("both", "b_only") else rest
    said = [{name: n for name, n in ((label, right), (other, seeds - right)) if n} for right in (a, b)]
    return {"image": i, "label": label, "outcomes": outcomes, "a": said[0], "b": said[1], "thumb": f"{i}.webp",
            "pixelated": True}  # fmt: skip


def thumb(i: int, side: int = 8) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(i).integers(0, 255, (side, side, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=True)
    return buffer.getvalue()
