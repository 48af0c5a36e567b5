"""Small tables of the data sets library, as a user saves them."""

from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

datasets = pytest.importorskip("datasets", reason="hf: is not tested, for its library is missing: pip install datasets")

CLASSES = ["cat", "dog"]


def picture(number: int) -> NDArray[np.uint8]:
    """Distinct noise pictures by number: (6, 5, 3)."""
    return np.random.default_rng(number).integers(0, 256, (6, 5, 3), dtype=np.uint8)


def table(numbers: list[int], labels: list[Any], kind: Any = None, **more: Any) -> Any:
    """Pictures with their labels; each further column is its values and their feature."""
    features = {"image": datasets.Image(), "label": kind or datasets.ClassLabel(names=CLASSES)}
    columns = {"image": [PIL.Image.fromarray(picture(number)) for number in numbers], "label": labels}
    for name, (values, feature) in more.items():
        features[name], columns[name] = feature, values
    return datasets.Dataset.from_dict(columns, features=datasets.Features(features))


def save(what: Any) -> str:
    """Save it in the working folder; returns its name as an origin."""
    what.save_to_disk("saved")
    return "hf:saved"
