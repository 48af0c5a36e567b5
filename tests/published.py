"""Published schemas, and what a document breaks of them."""

import json
from pathlib import Path
from typing import Any

from jsonschema.validators import validator_for

SCHEMAS = Path(__file__).parent / "schemas"


def broken(schema: str, document: Any) -> list[str]:
    """Where a document does not keep to a schema of `tests/schemas`; nothing where it does."""
    rules = json.loads((SCHEMAS / schema).read_text("utf-8"))
    reader = validator_for(rules)(rules)
    return [f"{one.json_path}: {one.message[:200]}" for one in reader.iter_errors(document)]
