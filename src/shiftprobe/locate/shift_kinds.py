"""Which families look alike: kinds, finer than `DosedShift.kind`, for saying what a target resembles."""

from shiftprobe.shifts import SHIFTS

KINDS = {
    "blur": ("gaussian_blur", "defocus", "glass_blur", "zoom_blur"),
    "motion": ("motion_blur",),
    "grain": ("gaussian_noise", "shot_noise", "speckle_noise", "iso_noise"),
    "specks": ("impulse_noise",),
    "light": ("brightness", "darken", "gamma", "contrast"),
    "haze": ("fog", "frost"),
    "fall": ("rain", "snow"),
    "patchy light": ("shadow", "sun_flare"),
    "levels": ("posterize",),
    "negative": ("invert", "solarize"),
    "colour": ("hue", "colour_cast", "saturation", "to_grey"),
    "compression": ("jpeg", "webp"),
    "coarse pixels": ("pixelate",),
    "sharpening": ("sharpen",),
    "tilt": ("rotation", "shear", "perspective"),
    "place": ("translation",),
    "size": ("scale",),
    "warp": ("elastic", "grid_distortion"),
    "cover": ("coarse_dropout", "grid_dropout"),
}
"""Families by kind; within one, they are hard to tell apart at low doses."""

_KIND_OF = {name: kind for kind, names in KINDS.items() for name in names}


def kind_of(name: str) -> str:
    """The kind of a family; that of its shift where the table does not hold it, "other" where it has none."""
    return _KIND_OF.get(name) or str(getattr(SHIFTS[name], "kind", "other"))
