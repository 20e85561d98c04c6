"""Reading YAML: plain values only, with the quick parser where PyYAML was built with it."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str | bytes) -> Any:
    """The document's plain value. Raises yaml.YAMLError; never makes objects of other types."""
    return yaml.load(text, Loader=_LOADER)  # either of the two safe loaders
