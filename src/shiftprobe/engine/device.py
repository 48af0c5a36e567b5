"""The device that a run computes on."""

from shiftprobe.core.errors import SpecError
from shiftprobe.spec.recipe import Precision

AMPERE = 8  # CUDA's compute capability


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


def check_precision(precision: Precision, device: str) -> None:
    """Refuse an arithmetic that the device does not have: the run would say what it did not do.

    Raises:
        SpecError: where TF32 is asked of anything but a GPU of NVIDIA's from Ampere (2020) on.
    """
    import torch

    if precision == "tf32" and (device != "cuda" or torch.cuda.get_device_capability()[0] < AMPERE):
        got = "an older one" if device == "cuda" else device
        raise SpecError(
            f"train.precision: tf32 needs a GPU of NVIDIA's from Ampere on, got {got}; take float32 or bf16"
        )
