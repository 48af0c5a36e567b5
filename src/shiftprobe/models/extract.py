"""One forward pass over a set of images: logits, and features at every tap."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shiftprobe.core.errors import DataError, NotAvailableError, ResourceError, SpecError
from shiftprobe.core.rows import copied_rows, room_for
from shiftprobe.core.types import PENULTIMATE, Images, LookPrecision, View
from shiftprobe.models import sharing
from shiftprobe.models.placing import placed
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.taps import average, first_tensor

logger = logging.getLogger(__name__)

AHEAD = 1
"""Batches whose answers are not read yet while a device works on the next."""

BATCH = 64
"""Images per pass. Fixed, because the same batches give the same bits."""


MOST_IN_MEMORY = 2**28
"""Bytes of features of one look, beyond which they are memory-mapped."""


def extract(
    model: nn.Module,
    images: Images,
    labels: NDArray[np.int64],
    preprocess: Preprocess,
    *,
    taps: Sequence[str],
    head: str,
    batch: int = BATCH,
    device: str = "cpu",
    precision: LookPrecision = "float32",
) -> View:
    """Let a model look at images, in evaluation mode, and read every tap on the way.

    The mean over positions is taken inside the hook, before an in-place operation can rewrite the map. A
    module that is called several times in one pass is read at its first call. When a GPU has no memory left,
    the whole pass is repeated with half the batch, and a warning says so.

    Args:
        model: a classifier; its modules keep their training or evaluation mode. It is moved to `device`.
        images: (N, S, S, C) as `preprocess.images` gives them.
        labels: (N,) true classes.
        preprocess: how the model wants its images.
        taps: module paths, and "penultimate" for what the head is given.
        head: path of the head.
        batch: images per pass; the bits of the answer depend on it.
        device: "cpu", "cuda", "cuda:1" or "mps".
        precision: of the network's own arithmetic; what is handed back is float32 either way.

    Returns:
        The view, on the CPU, features in the order of `taps`; memory-mapped where they are large together.

    Raises:
        DataError: when there are no images, or another number of labels.
        SpecError: when a tap does not exist, is not reached, or gives no tensor.
        NotAvailableError: when features or logits hold NaN or infinity, with the first such tap.
        ResourceError: when a single image does not fit into the device's memory.
    """
    if not len(images) or len(images) != len(labels):
        raise DataError(f"wanted as many labels as images and at least one, got {len(labels)} and {len(images)}")
    placed(model, device).to(memory_format=torch.channels_last)  # 1.5 x on a processor; the layout is part of the bits
    while True:
        try:
            with _evaluating(model), _reading(model, taps, head) as seen, _looking(precision, device):
                found = _passes(model, images, preprocess, seen, (batch, device))
            break
        except torch.OutOfMemoryError:
            if batch == 1 or sharing.shared():  # other batches give other bits: it is done again alone
                told = f"one image does not fit into the memory of {device}; use --device cpu"
                raise sharing.no_room(told, ResourceError) from None
        batch //= 2
        logger.warning("out of memory on %s: looking again with batches of %d", device, batch)
    *features, logits = _checked([*taps, "logits"], found)
    return View(
        labels=labels.astype(np.int64),
        logits=logits,
        features=dict(zip(taps, features, strict=True)),
        model=model,
        images=images,
    )


def _passes(
    model: nn.Module,
    images: Images,
    preprocess: Preprocess,
    seen: dict[str, Tensor | None],
    how: tuple[int, str],
) -> list[NDArray[np.float32]]:
    """All batches: one array per tap, the logits last."""
    batch, device = how
    found: list[NDArray[np.float32]] = []
    unread: deque[tuple[int, list[Tensor]]] = deque()

    def read(most: int) -> None:
        while len(unread) > most:
            start, values = unread.popleft()
            if not found:
                found.extend(_room(len(images), [one.shape[1] for one in values]))
            for whole, one in zip(found, values, strict=True):
                whole[start : start + len(one)] = one.float().cpu().numpy()

    for start in range(0, len(images), batch):
        part = _sent(torch.from_numpy(copied_rows(images, slice(start, start + batch))), device)
        seen.update(dict.fromkeys(seen))  # emptied, in the order of the taps
        logits = model(preprocess.normalise(part))
        missed = [tap for tap, value in seen.items() if value is None]
        if missed:
            raise SpecError(
                f"tap {missed[0]} is not reached in a forward pass; name other modules in the model's `taps`"
            )
        unread.append((start, [value for value in (*seen.values(), logits) if value is not None]))
        read(0 if device == "cpu" else AHEAD)  # a device goes on while what it found is read
    read(0)
    return found


def _sent(batch: Tensor, device: str) -> Tensor:
    """A batch on its way to a device; from pinned memory the host need not wait for it."""
    if torch.device(device).type != "cuda":
        return batch.to(device)
    return batch.pin_memory().to(device, non_blocking=True)


@contextmanager
def _looking(precision: LookPrecision, device: str) -> Iterator[None]:
    """Inside, a network keeps nothing for gradients, and multiplies in bfloat16 where that is asked for (autocast)."""
    kind = torch.device(device).type
    with torch.inference_mode(), torch.autocast(kind, torch.bfloat16, enabled=precision == "bf16"):
        yield


def _room(n: int, widths: Sequence[int]) -> list[NDArray[np.float32]]:
    """Arrays (n, width), in memory while they are small together, else in unnamed files that the system may swap."""
    most = MOST_IN_MEMORY if 4 * n * sum(widths) <= MOST_IN_MEMORY else 0
    return [room_for((n, width), np.float32, most) for width in widths]


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, and afterwards for each module the mode it had."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


@contextmanager
def _reading(model: nn.Module, taps: Sequence[str], head: str) -> Iterator[dict[str, Tensor | None]]:
    """Hooks on the taps; gives the dict they write into, which is to be emptied before each pass."""
    modules = dict(model.named_modules())
    seen: dict[str, Tensor | None] = dict.fromkeys(taps)

    def keep(tap: str, module: nn.Module, output: object) -> None:
        value = first_tensor(output)
        if not isinstance(value, Tensor):
            raise SpecError(f"tap {tap} gives a {type(value).__name__}, not a tensor; name other modules in `taps`")
        if seen[tap] is None:
            seen[tap] = average(value.float(), module)

    handles = []
    try:
        for tap in taps:
            module = modules.get(head if tap == PENULTIMATE else tap)
            if module is None:
                raise SpecError(f"no module {tap} in {type(model).__name__}; see named_modules()")
            if tap == PENULTIMATE:
                hook = module.register_forward_pre_hook(lambda m, args: keep(PENULTIMATE, m, args[0]))
            else:
                hook = module.register_forward_hook(lambda m, _, out, tap=tap: keep(tap, m, out))
            handles.append(hook)
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _checked(names: list[str], arrays: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """The arrays, all finite."""
    for name, values in zip(names, arrays, strict=True):
        if not np.isfinite(values).all():
            raise NotAvailableError(f"NaN or infinity at {name}; did training diverge?")
    return arrays
