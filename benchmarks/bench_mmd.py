"""A permutation test of MMD, all permutations as one product, against the indexing loop of alibi-detect.

1,000 and 1,000 images, 512 features, 1,000 permutations. The loop (`MMDDriftTorch.score`) indexes
the kernel by each permutation and averages its blocks; as each of its permutations costs the same, 20 are timed and
times are given per permutation. The loop is handed its kernel and is timed without it; ours makes its own, and is
also given without it.
"""

from functools import partial

import numpy as np
import torch

from harness import ratios, show
from shiftprobe.metrics import mmd
from shiftprobe.metrics.two_sample import _kernel

SIZE, WIDTH = 1000, 512
PERMUTATIONS, TIMED = 1000, 20
LOOP = f"loop of alibi-detect, {TIMED} permutations"

torch.set_num_threads(1)
rng = np.random.default_rng(0)
x = np.abs(rng.normal(size=(SIZE, WIDTH))).astype(np.float32)
y = np.abs(rng.normal(size=(SIZE, WIDTH)) + 0.01).astype(np.float32)
kernel = torch.from_numpy(_kernel(np.concatenate([x, y]).astype(np.float64)).astype(np.float32))


def mmd2(matrix: torch.Tensor) -> torch.Tensor:
    """Unbiased, from blocks, as alibi-detect's `mmd2_from_kernel_matrix`; the diagonal is 0."""
    k_xx, k_yy, k_xy = matrix[:SIZE, :SIZE], matrix[SIZE:, SIZE:], matrix[:SIZE, SIZE:]
    return k_xx.sum() / (SIZE * (SIZE - 1)) + k_yy.sum() / (SIZE * (SIZE - 1)) - 2 * k_xy.mean()


def loop() -> None:
    for _ in range(TIMED):
        order = torch.randperm(2 * SIZE)
        mmd2(kernel[order][:, order])


if __name__ == "__main__":
    ours = {f"shiftprobe, {n} permutations": partial(mmd, x, y, permutations=n, rng=rng) for n in (PERMUTATIONS, 1)}
    found = ratios({LOOP: loop, **ours}, LOOP, rounds=5)
    show(f"MMD of {SIZE} + {SIZE} images, {WIDTH} features, 1 thread; the loop without its kernel", found, LOOP)
    whole, kernel_alone = (found[name] * TIMED for name in ours)
    print(f"  per permutation, kernel and all: the loop takes {PERMUTATIONS / whole:.0f} x as long as shiftprobe")
    print(f"  per permutation, kernel left out of both: {PERMUTATIONS / (whole - kernel_alone):.0f} x")
