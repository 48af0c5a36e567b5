"""Adapt the batch statistics of a run's source model to some UCI digits, without their labels.

`python reports/make_adapted.py RUN FOLDER` writes FOLDER/model.safetensors, and the images that it looked at below
FOLDER/images, so that an audit can leave them out (`--trained-on`).
"""

import sys
from pathlib import Path

import numpy as np
import PIL.Image

from shiftprobe import data
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.subject import subject
from shiftprobe.models.formats.checkpoint import save_state
from shiftprobe.train.adaptation import reestimate

LOOKED_AT = 500  # images


def main(run: Path, folder: Path) -> None:
    """Write the adapted model and the images."""
    target = data.load("digits:uci", Path())
    chosen = np.random.default_rng(0).permutation(len(target))[:LOOKED_AT].tolist()
    images = [target.images[i] for i in chosen]
    found = subject(CheckpointRequest(checkpoint=str(run / "source" / "model.safetensors"), classes="data"), target)
    reestimate(found.model, found.preprocess.images(images), found.preprocess, "cpu")
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(save_state(found.model))
    for i, image in zip(chosen, images, strict=True):
        PIL.Image.fromarray(image[..., 0]).save(folder / "images" / f"{i:04d}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
