"""What of a run's data gave no image, in a sentence."""

from shiftprobe.results.about import Dataset, Datasets
from shiftprobe.results.left_out import left_out

WHOLE = Dataset(name="folder:a", classes=("a", "b"), test=9)


def test_both_sides_are_told_and_pictures_apart_from_other_files() -> None:
    target = Dataset(name="folder:t", classes=("a", "b"), test=9, skipped=2, set_aside=5)
    source = Dataset(name="folder:s", classes=("a", "b"), test=9, skipped=0, set_aside=1)
    assert left_out(Datasets(target=target, source=source)) == (
        "Of the target 2 pictures could not be read and 5 files were set aside as no pictures. "
        "Of the source 1 file was set aside as no picture."
    )
    assert left_out(Datasets(target=Dataset(name="t", classes=("a",), test=9, skipped=1))) == (
        "Of the target 1 picture could not be read."
    )


def test_nothing_is_said_where_every_file_was_read_or_nobody_counted() -> None:
    assert left_out(Datasets(target=WHOLE)) == ""
    assert left_out(Datasets()) == ""
