"""What of an image's preparation a shift takes, where it is arithmetic on pixels that a device could do in batches.

    python benchmarks/shift_share.py

A photograph at the working resolution of a network that resizes to 256 px and looks at 224 is shifted, resized and cut,
on one thread. A device could take over the shift only if it resized too: then 512 x 683 px go over the bus instead of
224 x 224. Printed is what the shift takes beside the rest of the preparation, and that ratio of bytes.
"""

import cv2
import numpy as np
import skimage.data

from harness import ratios
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Image
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import SHIFTS

ARITHMETIC = ("brightness", "colour_cast", "contrast", "darken", "gamma", "hue", "invert", "posterize", "saturation")
MORE = ("solarize", "to_grey")
HOW = Preprocess(size=224, channels=3, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225), resize=256)
CALLS = 20  # in a round: one is shorter than the clock is good for
MIDDLE = 0.5


def share(name: str, image: Image) -> float:
    """Processor time of a shift, divided by that of resizing and cutting."""
    change = SHIFTS[name].at(MIDDLE)

    def shift() -> None:
        for _ in range(CALLS):
            change(image, image_generator(0, 0))

    def resize() -> None:
        for _ in range(CALLS):
            HOW.images([image])

    return ratios({"shift": shift, "resize": resize}, "resize", rounds=11)["shift"]


def main() -> None:
    """A line per shift, their mean, and the ratio of bytes."""
    cv2.setNumThreads(1)
    image = np.asarray(cv2.resize(skimage.data.astronaut(), (683, 512)), np.uint8)  # type: ignore[no-untyped-call]
    found = {name: share(name, image) for name in (*ARITHMETIC, *MORE)}
    for name, ratio in sorted(found.items(), key=lambda item: item[1]):
        print(f"  {ratio:6.2f} x  {name}")
    print(f"  {np.mean(list(found.values())):6.2f} x  on average; bytes {image.nbytes / (224 * 224 * 3):.1f} x")


if __name__ == "__main__":
    main()
