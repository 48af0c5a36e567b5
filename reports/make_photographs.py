"""Write a folder of real RGB photographs, class by class, from pictures that scikit-image and scikit-learn ship.

A class is a photograph; an image is a square of it. The source sees left halves, the target right halves: the same
motifs, other places. `python reports/make_photographs.py photographs`, then the command in reports/README.md.
"""

import sys
from pathlib import Path

import numpy as np
import PIL.Image
import skimage
from numpy.typing import NDArray
from sklearn.datasets import load_sample_images

SIDE, SQUARES = 64, 60  # px of an image; images per class and side
CUT = (0.22, 0.38)  # side of a square, as a part of the photograph's height
FILES = {
    "astronaut": "astronaut.png", "cat": "chelsea.png", "coffee": "coffee.png", "galaxies": "hubble_deep_field.jpg",
    "motorcycle": "motorcycle_left.png", "retina": "retina.jpg", "rocket": "rocket.jpg", "tissue": "ihc.png",
}  # fmt: skip


def main(out: Path) -> None:
    """Write `out/source/<class>/` and `out/target/<class>/`."""
    for number, (name, photo) in enumerate(photographs().items()):
        middle = photo.shape[1] // 2
        for side, half in (("source", photo[:, :middle]), ("target", photo[:, middle:])):
            folder = out / side / name
            folder.mkdir(parents=True, exist_ok=True)
            rng = np.random.default_rng([number, side == "target"])
            for i in range(SQUARES):
                square(half, rng).save(folder / f"{i:03d}.png")


def photographs() -> dict[str, NDArray[np.uint8]]:
    """Ten photographs by name, (H, W, 3)."""
    folder = Path(skimage.__file__).parent / "data"
    found = {name: np.asarray(PIL.Image.open(folder / file).convert("RGB")) for name, file in FILES.items()}
    temple, flower = load_sample_images().images
    return {**found, "flower": flower, "temple": temple}


def square(half: NDArray[np.uint8], rng: np.random.Generator) -> PIL.Image.Image:
    """One square at a random place and of a random size, brought to SIDE px."""
    length = int(rng.uniform(*CUT) * half.shape[0])
    top, left = (int(rng.integers(0, n - length + 1)) for n in half.shape[:2])
    return PIL.Image.fromarray(half[top : top + length, left : left + length]).resize((SIDE, SIDE))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "photographs"))
