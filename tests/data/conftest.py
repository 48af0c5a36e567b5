"""What tests of data share: a folder of photographs, and the data sets library without its cache and its bars."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.data.noise_pictures import draw, fill


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three pictures of a cat and three of a dog, in a folder per class."""
    for start, label in ((0, "cat"), (10, "dog")):
        fill(tmp_path / "photos" / label, [draw(start + i) for i in range(3)])
    return tmp_path / "photos"


@pytest.fixture
def empty_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cache of our own, and no bars of the library's that this test's own writing would draw."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()
