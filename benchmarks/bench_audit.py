"""What looks of an audit cost: against a bare torch loop, on 12 megapixels, in bf16, and reading a folder again.

    python benchmarks/bench_audit.py [--pictures 40]

Pictures are crops of scikit-learn's two photographs, enlarged to 4,000 x 3,000 px, and the same at 683 x 512 px. The
network is a ResNet-18 that nobody trained: what it answers costs the same. One thread; ratios of processor time.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
import PIL.Image
import torch
import torchvision
from sklearn.datasets import load_sample_images
from torchvision.transforms import v2

from harness import seconds
from shiftprobe import audit, data
from shiftprobe.auditing.evidence import Side, Subject, dose_of
from shiftprobe.auditing.model import CheckpointFacts
from shiftprobe.auditing.predictions import predict
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import Condition
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import find

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PREPROCESS = Preprocess(224, 3, MEAN, STD, resize=256)
SHIFT = Condition("gaussian_noise", 0.5)


def pictures(folder: Path, count: int, size: tuple[int, int]) -> Path:
    """Crops of both photographs, a class each, the same whatever their size."""
    rng = np.random.default_rng(0)
    for label, photograph in zip(("flower", "temple"), load_sample_images().images[::-1], strict=True):
        (folder / label).mkdir(parents=True)
        whole = PIL.Image.fromarray(photograph)
        for i in range(count // 2):
            height = int(rng.integers(200, 400))
            width = height * 4 // 3
            left, top = rng.integers(0, whole.width - width), rng.integers(0, whole.height - height)
            box = (float(left), float(top), float(left + width), float(top + height))
            whole.resize(size, PIL.Image.Resampling.BICUBIC, box=box).save(folder / label / f"{i}.jpg", quality=90)
    return folder


def looks(folder: Path, model: torch.nn.Module) -> None:
    """Our looks under one shift, against a loop that decodes, shifts, resizes and passes the same pictures on."""
    bundle = data.load(f"folder:{folder}", Path())
    facts = CheckpointFacts(path="m", sha256="0", arch="torchvision:resnet18", parameters=0, classes=bundle.classes)
    subject = Subject(
        model=model, head="fc", preprocess=PREPROCESS, classes=bundle.classes, fingerprint="0", facts=facts
    )
    side = Side(name="p", bundle=bundle, index=np.arange(len(bundle)), labels=bundle.labels)
    files, change = sorted(folder.glob("*/*.jpg")), find(SHIFT.shift).at(SHIFT.severity)
    scaled, normal = v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)
    prepare = v2.Compose([v2.ToImage(), v2.Resize(256, antialias=True), v2.CenterCrop(224), scaled, normal])

    def bare() -> None:
        with torch.inference_mode():
            for start in range(0, len(files), 64):
                batch = [
                    prepare(change(np.asarray(PIL.Image.open(file).convert("RGB")), image_generator(0, i)))
                    for i, file in enumerate(files[start : start + 64])
                ]
                model(torch.stack(batch))

    def ours() -> None:
        predict(subject, side, range(len(side)), dose_of(SHIFT, 0, None))

    for work in (ours, bare):  # libraries load, memory is claimed
        work()
    times = [(seconds(ours), seconds(bare)) for _ in range(5)]
    print(f"looks at 512 px, one shift: {np.median([a / b for a, b in times]):.2f} x a bare torch loop")
    half = Subject(**{name: getattr(subject, name) for name in Subject.__slots__} | {"precision": "bf16"})
    single = predict(subject, side, range(len(side)), dose_of(SHIFT, 0, None)).answers

    def halved() -> np.ndarray:
        return predict(half, side, range(len(side)), dose_of(SHIFT, 0, None)).answers

    same = (halved() == single).mean()
    times = [(seconds(ours), seconds(halved)) for _ in range(5)]
    ratio = np.median([a / b for a, b in times])
    print(f"float32 / bf16: {ratio:.2f} x, same answer on {100 * same:.1f} % of {len(side)}")


def main() -> None:
    """Print every ratio."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pictures", type=int, default=40)
    count = asked.parse_args().pictures
    torch.set_num_threads(1)
    model = torchvision.models.resnet18(num_classes=2).eval()
    with tempfile.TemporaryDirectory() as place:
        os.environ["SHIFTPROBE_CACHE"] = f"{place}/cache"
        small, large = (
            pictures(Path(place, name), count, size) for name, size in (("s", (683, 512)), ("l", (4000, 3000)))
        )
        first, again = (seconds(lambda: data.load(f"folder:{small}", Path())) for _ in range(2))
        print(f"reading {count} pictures of 512 px again: {1000 * again / count:.2f} ms each, {again / first:.2f} x")
        given = {"mean": MEAN, "std": STD, "size": 224, "resize": 256}

        def audited(folder: Path) -> float:
            return seconds(
                lambda: audit(
                    model, str(folder), classes="data", preprocess=given, out=f"{folder}-out", device="cpu", workers=1
                )
            )

        audited(small)
        found = {"s": audited(pictures(Path(place, "s2"), count, (683, 512))), "l": audited(large)}
        print(f"an audit of {count} pictures of 12 megapixels: {found['l'] / found['s']:.2f} x that of 512 px")
        looks(pictures(Path(place, "many"), 64, (683, 512)), model)


if __name__ == "__main__":
    main()
