"""Which column of a parquet file holds encoded pictures, and which their classes."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.columns import IMAGES, LABELS, chosen
from shiftprobe.data.entries import MAX_NAME
from shiftprobe.data.multi_label import several

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

_MORE_IMAGES = ("image_bytes", "img_bytes", "bytes", "jpg", "jpeg", "png", "webp", "picture", "photo")
_MORE_LABELS = ("y", "cls", "category")


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Which columns are read."""

    image: str
    label: str | None
    names: tuple[str, ...] | None = None  # of the classes in label order, where the file says them
    counted: bool = False  # labels are whole numbers


def columns_of(table: "ParquetFile", *, labelled: bool) -> TableColumns:
    """Which of its columns hold pictures and classes.

    Args:
        table: the file.
        labelled: whether classes are wanted.

    Raises:
        DataError: when that cannot be told, or an image has several classes.
    """
    import pyarrow as pa

    schema, features = table.schema_arrow, _declared(table.schema_arrow)
    found = [field.name for field in schema if _is_encoded(field.type)]
    image = chosen(found, (*IMAGES, *_MORE_IMAGES))
    if image is None:
        got = escape(", ".join(found or schema.names))
        raise DataError(
            f"wanted one column of encoded pictures (JPEG or PNG bytes), got {got}; call the right one image"
        )
    if not labelled:
        return TableColumns(image, None)
    label = _label(schema, features)
    names = features.get(label, {}).get("names")
    said = isinstance(names, list) and all(isinstance(one, str) and 0 < len(one) <= MAX_NAME for one in names)
    told = tuple(names) if said and isinstance(names, list) else None
    return TableColumns(image, label, told, counted=pa.types.is_integer(schema.field(label).type))


def _declared(schema: "pa.Schema") -> dict[str, dict[str, object]]:
    """What Hugging Face's library wrote of each column."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = told["info"]["features"]
        return {name: one for name, one in features.items() if isinstance(one, dict)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _is_encoded(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        place = kind.get_field_index("bytes")
        return place >= 0 and _is_encoded(kind.field(place).type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _label(schema: "pa.Schema", features: dict[str, dict[str, object]]) -> str:
    import pyarrow as pa

    usual = (*LABELS, *_MORE_LABELS)
    types = pa.types
    named = {field.name: field.type for field in schema}
    lists = [
        name for name, kind in named.items() if name in usual and (types.is_list(kind) or types.is_large_list(kind))
    ]
    told = [name for name in named if features.get(name, {}).get("_type") == "ClassLabel"]
    single = [name for name, kind in named.items() if name in usual and _is_name(kind)]
    label = chosen(told or single, usual)
    if label is None and lists:
        raise several("", f"a list of them in column {escape(lists[0])}")
    if label is None:
        got = escape(", ".join(told or named))
        raise DataError(f"wanted one column of classes, got {got}; rename the right one to label")
    return label


def _is_name(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_name(kind.value_type)
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
    )
