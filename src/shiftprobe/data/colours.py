"""Whether images have colours that a network of one channel would not see."""

from shiftprobe.data.bundle import Bundle

LOOKED_AT = 64  # images, evenly spread


def has_colour(bundle: Bundle) -> bool:
    """Whether any of up to 64 images, evenly spread, has channels that differ; grey photographs saved as RGB have none.

    Raises:
        DataError: when a file no longer holds the pixels that it was read with.
    """
    if bundle.channels == 1:
        return False
    step = -(-len(bundle) // LOOKED_AT)
    looked_at = (bundle.images[i] for i in range(0, len(bundle), step))
    return any(bool((image != image[..., :1]).any()) for image in looked_at)
