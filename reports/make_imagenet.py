"""Write a folder of real photographs with ImageNet's class names, from pictures that scikit-image and sklearn ship.

A class is a photograph; an image is a large part of it, sometimes mirrored. What it shows has a name in ImageNet.
`python reports/make_imagenet.py imagenet`, then the command in reports/README.md.
"""

import sys
from pathlib import Path

import numpy as np
import PIL.Image
import skimage
from numpy.typing import NDArray
from sklearn.datasets import load_sample_images

PARTS = 40  # images per class
CUT = (0.6, 1.0)  # side of a part, as a share of the photograph's shorter side
FILES = {
    "espresso": "coffee.png", "missile": "rocket.jpg", "moped": "motorcycle_left.png", "tiger cat": "chelsea.png",
    "tripod": "camera.png",
}  # fmt: skip


def main(out: Path) -> None:
    """Write `out/<class>/`."""
    for number, (name, photo) in enumerate(photographs().items()):
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(number)
        for i in range(PARTS):
            part(photo, rng).save(folder / f"{i:03d}.png")


def photographs() -> dict[str, NDArray[np.uint8]]:
    """Six photographs by what they show, (H, W, 3)."""
    folder = Path(skimage.__file__).parent / "data"
    found = {name: np.asarray(PIL.Image.open(folder / file).convert("RGB")) for name, file in FILES.items()}
    return {**found, "palace": load_sample_images().images[0]}


def part(photo: NDArray[np.uint8], rng: np.random.Generator) -> PIL.Image.Image:
    """A square at a random place and of a random size."""
    length = int(rng.uniform(*CUT) * min(photo.shape[:2]))
    top, left = (int(rng.integers(0, n - length + 1)) for n in photo.shape[:2])
    square = photo[top : top + length, left : left + length]
    return PIL.Image.fromarray(square[:, ::-1] if rng.random() < 0.5 else square)  # noqa: PLR2004 - a coin


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "imagenet"))
