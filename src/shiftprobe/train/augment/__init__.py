"""Augmentation: parameters drawn per image on the CPU, pixels made in batches on the device."""

from shiftprobe.train.augment.draws import Augment, Draws, digest, draw, uniforms
from shiftprobe.train.augment.mixing import mixed, mixed_loss, shares
from shiftprobe.train.augment.pixels import augmented

__all__ = ["Augment", "Draws", "augmented", "digest", "draw", "mixed", "mixed_loss", "shares", "uniforms"]
