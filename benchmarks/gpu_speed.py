"""Stages that call the library: training and looking in images per second, and what is said when memory runs out."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from gpu_record import Place, Record, timed
from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.core.types import View
from shiftprobe.models.build import build
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.taps import tap_names
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

CLASSES, STEPS, EPOCHS = 10, 20, 3
NETWORKS = (("small_cnn", 28, 1), ("torchvision:resnet18", 64, 3))  # name, side in px, channels
MODES = ("float32", "as it comes", "TF32", "bf16")
"""No TF32 at all; torch's own choice, which is TF32 in convolutions; TF32 in products too; bf16 autocast."""

LAYOUTS = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}


@contextmanager
def mode(name: str) -> Iterator[None]:
    """Float32 as named, and afterwards as it was."""
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = name != "float32"
    torch.backends.cuda.matmul.allow_tf32 = name == "TF32"
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


def images(n: int, size: int, channels: int) -> Labelled:
    """Noise of the right shape: speed does not depend on what is in an image."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (n, size, size, channels), dtype=np.uint8)
    return Labelled(pixels, np.arange(n, dtype=np.int64) % CLASSES)


def plain(channels: int, size: int) -> Preprocess:
    """Mean and spread of noise."""
    return Preprocess(size, channels, (0.5,) * channels, (0.29,) * channels)


def network(arch: str, size: int, channels: int, device: str) -> nn.Module:
    return build(arch, classes=CLASSES, channels=channels, size=size, seed=0).to(device)


def speed(place: Place, record: Record) -> None:
    """Images trained per second, through the library and through a bare loop on tensors that are normalised already."""
    steps = 2 if place.tiny else STEPS
    for arch, side, channels in NETWORKS:
        size = 16 if place.tiny else side
        for batch in (4,) if place.tiny else (64, 512):
            data = images(batch * steps, size, channels)
            row = {"network": arch, "px": size, "batch": batch}
            for name in MODES:
                model = network(arch, size, channels, place.device)
                per_second = _library(model, data, plain(channels, size), batch, name, place.device)
                add = {"loop": "shiftprobe", "layout": "channels_last", "mode": name, "images_per_s": per_second}
                record.add(row | add)
            for name in MODES:
                for layout in LAYOUTS:
                    model = network(arch, size, channels, place.device)
                    per_second = _bare(model, data, plain(channels, size), batch, name, layout)
                    add = {"loop": "bare", "layout": layout, "mode": name, "images_per_s": per_second}
                    record.add(row | add)


def _library(model: nn.Module, data: Labelled, how: Preprocess, batch: int, name: str, device: str) -> float:  # noqa: PLR0917
    train = Recipe(epochs=EPOCHS, batch=batch, lr=1e-4, precision="bf16" if name == "bf16" else "float32")

    def once() -> object:
        return fit(model, data, how, train, seed=0, device=device)

    with mode(name):
        once()
        return EPOCHS * len(data.labels) / timed(once, device)


def _bare(model: nn.Module, data: Labelled, how: Preprocess, batch: int, name: str, layout: str) -> float:  # noqa: PLR0917
    device = next(model.parameters()).device.type
    model.to(memory_format=LAYOUTS[layout]).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    pixels = how.normalise(torch.from_numpy(data.images).to(device)).contiguous(memory_format=LAYOUTS[layout])
    labels = torch.from_numpy(data.labels).to(device)

    def once() -> None:
        orders = [torch.randperm(len(labels), device=device) for _ in range(EPOCHS)]
        for part in (part for order in orders for part in torch.split(order, batch)):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(device, torch.bfloat16, enabled=name == "bf16"):
                loss = functional.cross_entropy(model(pixels[part]), labels[part])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    with mode(name):
        once()
        return EPOCHS * len(labels) / timed(once, device)


def looks(place: Place, record: Record) -> None:
    """Images looked at per second with every tap, and how far the answers of devices and modes lie apart."""
    for arch, size, channels in NETWORKS:
        data, how = images(64 if place.tiny else 2048, size, channels), plain(channels, size)
        model = network(arch, size, channels, "cpu").eval()
        reference = _look(model, data, how, "cpu")
        for name in MODES[:3] if place.on_gpu else MODES[:1]:
            with mode(name):
                view = _look(model, data, how, place.device)
                began = time.perf_counter()
                again = _look(model, data, how, place.device)  # its answers are on the CPU: nothing is left to wait for
                took = time.perf_counter() - began
            others = int((view.logits.argmax(1) != reference.logits.argmax(1)).sum())
            row = {"network": arch, "px": size, "mode": name, "n": len(data.labels)}
            row |= {"images_per_s": len(data.labels) / took, "same_bits_twice": _apart(view, again) == 0}
            record.add(row | {"furthest_from_cpu": _apart(view, reference), "answers_other_than_cpu": others})


def _look(model: nn.Module, data: Labelled, how: Preprocess, device: str) -> View:
    head = head_name(model, CLASSES)
    return extract(model, data.images, data.labels, how, taps=tap_names(model, head), head=head, device=device)


def _apart(one: View, other: View) -> float:
    """The largest difference of a feature or logit, as a fraction of the largest value at its tap."""
    pairs = [(one.logits, other.logits), *((one.features[tap], other.features[tap]) for tap in one.features)]
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)


def out_of_memory(place: Place, record: Record) -> None:
    """Under a cap in this process: a training that does not fit says so; a look halves its batch."""
    arch, size, channels = NETWORKS[1]
    if not place.on_gpu:
        record.add({"what": "library under a cap on memory", "skipped": "needs cuda"})
        return
    model, wide = network(arch, size, channels, "cuda"), images(64, 448, channels)
    uncapped = _look(model, wide, plain(channels, 448), "cuda")

    def look() -> str:
        return (
            f"furthest from an uncapped look: {_apart(_look(model, wide, plain(channels, 448), 'cuda'), uncapped):.2g}"
        )

    def train(n: int) -> str:
        fit(model, images(n, size, channels), plain(channels, size), Recipe(epochs=1, batch=n), seed=0, device="cuda")
        return "it fitted"

    _capped(record, "looking", 600, look)
    _capped(record, "training, 4,096 images a batch", 1200, lambda: train(4096))
    _capped(record, "the same process afterwards, 64 images a batch", 1200, lambda: train(64))


def _capped(record: Record, what: str, megabytes: int, work: Callable[[], str]) -> None:
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(megabytes * 2**20 / torch.cuda.get_device_properties(0).total_memory)
    try:
        said = work()
    except (ShiftprobeError, torch.OutOfMemoryError) as error:
        said = f"{type(error).__name__}, exit code {getattr(error, 'exit_code', None)}: {str(error)[:300]}"
    record.add({"what": what, "cap_mb": megabytes, "said": said, "left_mb": torch.cuda.memory_allocated() // 2**20})
    torch.cuda.set_per_process_memory_fraction(1.0)
