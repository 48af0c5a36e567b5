from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from tests.data.noise_pictures import draw

from shiftprobe.core.errors import DataError
from shiftprobe.data.decode import decode, decode_bytes


def test_png_gives_back_its_pixels(tmp_path: Path) -> None:
    for grey in (True, False):
        PIL.Image.fromarray(draw(0, grey=grey)).save(tmp_path / "a.png")
        expected = draw(0, grey=grey)
        np.testing.assert_array_equal(decode(tmp_path / "a.png"), expected[..., None] if grey else expected)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "tiff", "gif", "ppm"])
def test_reads_every_format_it_names(tmp_path: Path, suffix: str) -> None:
    PIL.Image.new("RGB", (9, 5), (200, 100, 50)).save(tmp_path / f"a.{suffix}")
    image = decode(tmp_path / f"a.{suffix}")
    assert image.shape == (5, 9, 3)
    assert image.dtype == np.uint8
    np.testing.assert_allclose(image[2, 4].astype(int), [200, 100, 50], atol=4)


def test_believes_the_content_not_the_suffix(tmp_path: Path) -> None:
    PIL.Image.fromarray(draw(0)).save(tmp_path / "really_png.jpg", format="PNG")
    np.testing.assert_array_equal(decode(tmp_path / "really_png.jpg"), draw(0))


def test_one_bit_and_grey_stay_grey(tmp_path: Path) -> None:
    PIL.Image.new("1", (4, 3), 1).save(tmp_path / "a.png")
    image = decode(tmp_path / "a.png")
    assert image.shape == (3, 4, 1)
    assert image.min() == 255


@pytest.mark.parametrize("suffix", ["png", "tiff", "pgm"])
def test_16_bit_grey_is_scaled_not_clipped(tmp_path: Path, suffix: str) -> None:
    deep = np.array([[0, 257, 514, 32896, 65535, 128, 129]], np.uint16)
    PIL.Image.fromarray(deep).save(tmp_path / f"a.{suffix}")
    assert decode(tmp_path / f"a.{suffix}").ravel().tolist() == [0, 1, 2, 128, 255, 0, 1]


def test_palette_becomes_its_colours(tmp_path: Path) -> None:
    picture = PIL.Image.new("P", (4, 4), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])
    picture.save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png")[0, 0].tolist() == [10, 20, 30]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_turn_white_whatever_colour_hides_there(tmp_path: Path, mode: str) -> None:
    picture = PIL.Image.new("RGBA", (2, 1), (40, 40, 40, 255))
    picture.putpixel((1, 0), (7, 7, 7, 0))
    if mode == "P":
        paletted = PIL.Image.new("P", (2, 1), 0)
        paletted.putpalette([40, 40, 40, 7, 7, 7])
        paletted.putpixel((1, 0), 1)
        paletted.save(tmp_path / "a.png", transparency=1)
    else:
        picture.convert(mode).save(tmp_path / "a.png")
    image = decode(tmp_path / "a.png")
    assert image.shape == (1, 2, 1 if mode == "LA" else 3)
    assert (image[0, 0] == 40).all()
    assert (image[0, 1] == 255).all()


def test_half_transparent_black_over_white_is_mid_grey(tmp_path: Path) -> None:
    PIL.Image.new("RGBA", (1, 1), (0, 0, 0, 128)).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").ravel().tolist() == [127, 127, 127]


def test_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    PIL.Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg", quality=95)
    red = decode(tmp_path / "a.jpg")[4, 4].astype(int)
    np.testing.assert_allclose(red, [255, 0, 0], atol=6)


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # stored on its side: turn by a quarter, clockwise
    PIL.Image.fromarray(draw(0)).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(decode(tmp_path / "a.png"), np.rot90(draw(0), -1))


def test_the_first_frame_stands_for_an_animation(tmp_path: Path) -> None:
    frames = [PIL.Image.new("RGB", (6, 6), colour) for colour in ("red", "blue", "lime")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    for name in ("a.gif", "a.webp"):
        assert decode(tmp_path / name)[3, 3].tolist() == [255, 0, 0]


def test_bytes_in_memory_decode_as_a_file_does(tmp_path: Path) -> None:
    PIL.Image.fromarray(draw(0)).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    np.testing.assert_array_equal(decode_bytes(content), draw(0))
    for broken, reason in ((b"", "empty file"), (content[:60], "unreadable"), (b"text", "not an image")):
        with pytest.raises(DataError, match=reason):
            decode_bytes(broken)


def test_a_transparent_level_of_16_bit_grey_turns_white(tmp_path: Path) -> None:
    deep = np.array([[0, 257, 514]], np.uint16)
    PIL.Image.fromarray(deep).save(tmp_path / "a.png", transparency=257)
    assert decode(tmp_path / "a.png").ravel().tolist() == [0, 255, 2]


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "webp"])
def test_every_turn_of_exif_is_undone(tmp_path: Path, suffix: str) -> None:
    """Stored as EXIF says it was held, each of the eight gives back the same upright picture."""
    upright = np.kron(np.arange(6, dtype=np.uint8).reshape(2, 3) * 40, np.ones((16, 16), np.uint8))
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.T,
        6: np.rot90(upright), 7: upright[::-1, ::-1].T, 8: np.rot90(upright, -1),
    }  # fmt: skip
    for orientation, pixels in stored.items():
        exif = PIL.Image.Exif()
        exif[0x0112] = orientation
        PIL.Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB").save(tmp_path / f"a.{suffix}", exif=exif)
        image = decode(tmp_path / f"a.{suffix}").astype(int)
        np.testing.assert_allclose(image, np.repeat(upright[..., None], 3, axis=2), atol=12, err_msg=str(orientation))
