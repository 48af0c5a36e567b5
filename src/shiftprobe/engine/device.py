"""The device that a run or an audit computes on."""

import os
from collections.abc import Sequence

from shiftprobe.core.errors import SpecError
from shiftprobe.spec.recipe import Precision

AMPERE = 8  # CUDA's compute capability


def device_for(wanted: str, flag: str = "train.device") -> str:
    """The device asked for, or the best there is.

    Args:
        wanted: auto, cpu, mps, cuda, or one or some of several GPUs as cuda:1 or cuda:0,2, which are then all that
            this process, and those that it starts, see.
        flag: what it was asked by, for the message.

    Returns:
        cpu, cuda or mps.

    Raises:
        SpecError: when the one asked for is not there.
    """
    import torch

    numbers, wanted = _numbers(wanted), wanted.partition(":")[0]
    if numbers:
        _choose(numbers, flag)
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, found in there.items() if found)
    if not there[wanted]:
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise SpecError(f"{flag}: wanted {wanted}, but torch finds only {found}; use --device auto")
    return wanted


def gpus_of(wanted: str) -> int:
    """How many GPUs of this machine a device names; 1 where it names none."""
    return max(1, len(_numbers(wanted)))


def _numbers(wanted: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(one) for one in wanted.partition(":")[2].split(",") if one))


def _choose(numbers: Sequence[int], flag: str) -> None:
    """Hide all GPUs but these."""
    import torch

    count = torch.cuda.device_count()  # asks the driver for no context: what is hidden now stays hidden
    for number in numbers:
        if number >= count:
            there = f"cuda:0 to cuda:{count - 1}" if count > 1 else "cuda:0" if count else "none"
            raise SpecError(f"{flag}: wanted cuda:{number}, but torch finds {there}; use --device auto")
    show_only(numbers)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call] # too late for this process, and in time for those that it starts
        torch.cuda.set_device(numbers[0])


def show_only(numbers: Sequence[int]) -> None:
    """From now on CUDA finds these of the GPUs that it found, here where it has not begun, and in processes to come."""
    shown = [one.strip() for one in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if one]
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(shown[one] if shown else str(one) for one in numbers)


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
