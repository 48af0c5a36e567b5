"""The contact sheet as a user meets it."""

from pathlib import Path

import PIL.Image
import pytest
from tests.conftest import Command


def test_a_contact_sheet_is_a_picture_and_a_page_in_the_folder_named(
    tmp_path: Path, shiftprobe_command: Command
) -> None:
    asked = ("--shift", "rotation", "--shift", "gaussian_blur+fog", "--severity", "0.5,1", "--images", "1")
    done = shiftprobe_command("preview", "digits:uci", *asked, "--out", tmp_path / "sheet")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "2 shifts at 2 severities on 1 of 1,797 images of digits:uci"
    picture, page = tmp_path / "sheet" / "preview.png", tmp_path / "sheet" / "preview.html"
    assert lines[1:] == [f"Picture: {picture}", f"Page: {page}"]
    with PIL.Image.open(picture) as image:
        assert min(image.size) > 100
    text = page.read_text("utf-8")
    assert "gaussian_blur+fog" in text
    assert "http://" not in text.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--shift", "rotatoin"), "did you mean 'rotation'"),
        (("--severity", "strong"), "--severity: wanted fractions such as 0.25,0.5,1, got strong"),
        (("--severity", "1.5"), "severity is a fraction from 0 to 1, got 1.5"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    asked: tuple[str, str], words: str, tmp_path: Path, shiftprobe_command: Command
) -> None:
    done = shiftprobe_command("preview", *asked, "--out", tmp_path / "sheet")
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "sheet").exists()
