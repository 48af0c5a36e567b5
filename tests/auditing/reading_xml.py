"""Our own XML, read by a parser that did not write it."""

from xml.dom import minidom


def parsed(text: str) -> minidom.Element:
    """The root of a document of ours."""
    root = minidom.parseString(text).documentElement  # noqa: S318 - made by the code under test
    assert root is not None
    return root


def elements(of: minidom.Element) -> list[minidom.Element]:
    """What stands directly inside, without the text between."""
    return [one for one in of.childNodes if isinstance(one, minidom.Element)]
