"""The device that a run computes on."""

from shiftprobe.core.errors import SpecError


def device_for(wanted: str) -> str:
    """The device asked for, or the best there is.

    Raises:
        SpecError: when the one asked for is not there.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, found in there.items() if found)
    if not there[wanted]:
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise SpecError(f"train.device: wanted {wanted}, but torch finds only {found}; use --device auto")
    return wanted
