"""The one way out for foreign text: file names, class names, messages of other libraries."""


def escape(text: object, limit: int = 120) -> str:
    r"""Text that cannot move a cursor, hide or reorder what stands around it.

    Control, format and bidirectional characters, line breaks and odd spaces are escaped. A byte of a
    file name that is not UTF-8 (a surrogate escape) prints as `\xNN`.

    Args:
        text: anything; its `str` is shown.
        limit: most characters of the answer, at least 3. Longer text loses its middle to `…`, because a
            path tells most at its two ends.

    Returns:
        Printable text that any UTF-8 stream accepts.
    """
    full = str(text)
    if len(full) > 2 * limit:  # a book is cut before its every character is looked at
        full = full[:limit] + full[-limit:]
    escaped = "".join(map(_visible, full))
    if len(escaped) <= limit:
        return escaped
    head = limit // 2
    return f"{escaped[:head]}…{escaped[len(escaped) - (limit - head - 1) :]}"


def visible(text: str) -> str:
    """The whole text with every character visible, as `escape` shows it."""
    return text if text.isprintable() else "".join(map(_visible, text))


def printable(text: str) -> str:
    """Text of several lines with every character visible; lines stay lines."""
    return "\n".join(map(visible, text.split("\n")))


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    if "\udc80" <= char <= "\udcff":  # how Python carries a byte that is not UTF-8
        return f"\\x{ord(char) & 0xFF:02x}"
    return char.encode("unicode_escape").decode("ascii")
