"""The same image in every process: a fresh interpreter, other hash seed, other order, other neighbours."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from shiftprobe.core.seeding import image_generator
from shiftprobe.shifts import SHIFTS


def digest(order: list[int]) -> str:
    """A hash of eight shifted images per shift, made in the given order and hashed in theirs."""
    images = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 3), dtype=np.uint8)
    total = hashlib.sha256()
    for name in SHIFTS:
        transform = SHIFTS[name].at(0.5)
        changed = {i: transform(images[i], image_generator(3, i)) for i in order}
        total.update(b"".join(changed[i].tobytes() for i in sorted(order)))
    return total.hexdigest()


def test_a_worker_makes_the_same_images() -> None:
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_workers as t"
    code += "; print(t.digest([5, 2, 7, 0, 1, 6, 4, 3]))"
    environment = os.environ | {"PYTHONHASHSEED": "17"}
    worker = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert worker.stdout.strip() == digest(list(range(8)))
