"""The contact sheet as one PNG, drawn with Pillow in its own typeface; light, for papers and chats."""

import functools
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from shiftprobe.core.escape import escape
from shiftprobe.core.files import write_bytes
from shiftprobe.preview.sheet import Sheet, SheetGroup, SheetTile, Strip, enlargement

PAGE, INK, QUIET, RULE = "#ffffff", "#16202b", "#54606d", "#dfe3e8"
MARGIN, GAP, HEAD = 24, 12, 190  # px; HEAD is the width of the first column
NAME_SIZE, TEXT_SIZE = 17, 13  # px of type
LINE = 17  # px from line to line of small text
MAX_NAME = 60  # characters of a name
NARROWEST = 112  # px of a column
TALLEST = 1.25  # of its width: how high the picture may be before it takes another column
AGAIN = 8  # shifts, after which the heads of the columns stand once more


def write_png(sheet: Sheet, path: Path) -> Path:
    """Draw the sheet into a PNG file, whole or not at all; the same sheet gives the same bytes.

    Returns:
        The path.

    Raises:
        ResourceError: when the disk is full or the place not writable.
    """
    buffer = io.BytesIO()
    draw(sheet).save(buffer, "PNG", compress_level=3)  # of photos the default is a twentieth smaller, and much slower
    write_bytes(path, buffer.getvalue())
    return path


class _Frame(NamedTuple):
    """Where things go: the width of a column, and the places of the columns."""

    column: int
    left: list[int]


def draw(sheet: Sheet) -> Pillow.Image:
    """The sheet as a picture: shifts downwards in one or several columns, so that it is never much higher than wide."""
    wide = [tile.image.shape[1] * enlargement(tile.image) for tile in _tiles(sheet)]
    column = max([NARROWEST, *wide])
    frame = _Frame(column, [MARGIN + HEAD + i * (column + GAP) for i in range(len(sheet.severities))])
    width = frame.left[-1] + column + MARGIN
    heads = _heads(sheet, frame, width)
    groups = [_group(group, frame, width) for group in sheet.groups]
    columns = _columns([group.height for group in groups], heads.height, width)
    stacks = [_stack(groups[start:end], heads) for start, end in columns]
    about = _about(sheet, width * len(stacks))
    tall = max(stack.height for stack in stacks)
    page = Pillow.new("RGB", (width * len(stacks), about.height + tall + MARGIN), PAGE)
    page.paste(about, (0, 0))
    for i, stack in enumerate(stacks):
        page.paste(stack, (i * width, about.height))
    return page


def _stack(groups: Sequence[Pillow.Image], heads: Pillow.Image) -> Pillow.Image:
    """Shifts below each other, the heads above every few of them."""
    blocks = [block for i, group in enumerate(groups) for block in ([heads] * (i % AGAIN == 0) + [group])]
    stack = Pillow.new("RGB", (heads.width, sum(block.height for block in blocks)), PAGE)
    top = 0
    for block in blocks:
        stack.paste(block, (0, top))
        top += block.height
    return stack


def _columns(heights: Sequence[int], heads: int, width: int) -> list[tuple[int, int]]:
    """Which shifts stand in which column, as ends of slices: the fewest columns that keep the picture's shape.

    Args:
        heights: of every shift in px.
        heads: height of the heads in px, which stand above every few shifts.
        width: of a column in px.
    """
    for count in range(1, len(heights) + 1):
        columns = _divided(heights, heads, count)
        tallest = max(_height(heights[start:end], heads) for start, end in columns)
        if tallest <= TALLEST * width * len(columns):
            return columns
    return [(i, i + 1) for i in range(len(heights))]


def _divided(heights: Sequence[int], heads: int, count: int) -> list[tuple[int, int]]:
    """So many columns at most, in order, the tallest as low as it can be."""
    low, high = max(heights) + heads, _height(heights, heads)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if len(_filled(heights, heads, middle)) <= count else (middle + 1, high)
    return _filled(heights, heads, low)


def _filled(heights: Sequence[int], heads: int, most: int) -> list[tuple[int, int]]:
    """Columns filled one after the other up to a height."""
    columns, start = [], 0
    for end in range(1, len(heights) + 1):
        if end > start + 1 and _height(heights[start:end], heads) > most:
            columns.append((start, end - 1))
            start = end - 1
    return [*columns, (start, len(heights))]


def _height(heights: Sequence[int], heads: int) -> int:
    return sum(heights) + heads * -(-len(heights) // AGAIN)


def _tiles(sheet: Sheet) -> list[SheetTile]:
    return [tile for group in sheet.groups for strip in group.strips for tile in strip.tiles]


def _about(sheet: Sheet, width: int) -> Pillow.Image:
    return _written(["", *_lines(sheet.about, TEXT_SIZE, width - 2 * MARGIN)], MARGIN, width)


def _heads(sheet: Sheet, frame: _Frame, width: int) -> Pillow.Image:
    block = Pillow.new("RGB", (width, 46), PAGE)
    pen = ImageDraw.Draw(block)
    pen.text((MARGIN, 16), "Shift", INK, _font(NAME_SIZE))
    for left, severity in zip(frame.left, sheet.severities, strict=True):
        pen.text((left, 16), f"severity {severity:.3g}", INK, _font(NAME_SIZE))
    return block


def _group(group: SheetGroup, frame: _Frame, width: int) -> Pillow.Image:
    members = escape(group.name, MAX_NAME).replace("+", "+\n").split("\n")
    heading = [line for member in members for line in _lines(member, NAME_SIZE, HEAD - GAP)]
    small = [
        line for text in (group.parameter, group.kind) for line in _lines(escape(text, MAX_NAME), TEXT_SIZE, HEAD - GAP)
    ]
    strips = [_strip(strip, frame, width) for strip in group.strips]
    needed = GAP + len(heading) * (LINE + 4) + len(small) * LINE
    block = Pillow.new("RGB", (width, max(needed, GAP + sum(strip.height for strip in strips))), PAGE)
    top = GAP
    for strip in strips:
        block.paste(strip, (0, top))
        top += strip.height
    pen = ImageDraw.Draw(block)
    pen.line((MARGIN, 0, width - MARGIN, 0), RULE)
    top = GAP - 3
    for line in heading:
        pen.text((MARGIN, top), line, INK, _font(NAME_SIZE))
        top += LINE + 4
    for line in small:
        pen.text((MARGIN, top), line, QUIET, _font(TEXT_SIZE))
        top += LINE
    return block


def _strip(strip: Strip, frame: _Frame, width: int) -> Pillow.Image:
    if not strip.tiles:
        return _written(_captions(strip, frame)[0], frame.left[0], width)
    pictures = [_enlarged(tile) for tile in strip.tiles]
    captions = _captions(strip, frame)
    tall = max(picture.height for picture in pictures)
    block = Pillow.new("RGB", (width, tall + 5 + LINE * max(map(len, captions)) + GAP), PAGE)
    for picture, lines, left in zip(pictures, captions, frame.left, strict=True):
        block.paste(picture, (left, 0))
        block.paste(_written(lines, 0, frame.column), (left, tall + 5))
    return block


def _captions(strip: Strip, frame: _Frame) -> list[list[str]]:
    """The lines below each tile; the first also names the image."""
    if not strip.tiles:
        room = frame.left[-1] + frame.column - frame.left[0]
        return [_lines(escape(f"{strip.label}: {strip.reason}".removeprefix(": "), 5 * MAX_NAME), TEXT_SIZE, room)]
    texts = [tile.dose for tile in strip.tiles]
    if strip.label:
        texts[0] = f"{escape(strip.label, MAX_NAME)}, {texts[0]}"
    return [_lines(escape(text, 4 * MAX_NAME), TEXT_SIZE, frame.column) for text in texts]


def _written(lines: Sequence[str], left: int, width: int) -> Pillow.Image:
    block = Pillow.new("RGB", (width, LINE * len(lines) + 4), PAGE)
    pen = ImageDraw.Draw(block)
    for i, line in enumerate(lines):
        pen.text((left, i * LINE), line, QUIET, _font(TEXT_SIZE))
    return block


def _enlarged(tile: SheetTile) -> Pillow.Image:
    factor = enlargement(tile.image)
    large = tile.image.repeat(factor, axis=0).repeat(factor, axis=1)
    return Pillow.fromarray(large if large.shape[2] > 1 else np.repeat(large, 3, axis=2))


def _lines(text: str, size: int, room: int) -> list[str]:
    """The text broken between words, and inside those that are longer than a line."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _length(longer, size) <= room:
            lines[-1] = longer
            continue
        lines.append("")
        for letter in word:
            if _length(lines[-1] + letter, size) > room:
                lines.append("")
            lines[-1] += letter
    return lines


@functools.lru_cache(maxsize=4096)
def _length(text: str, size: int) -> float:
    return _font(size).getlength(text)


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
