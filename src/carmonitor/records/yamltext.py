"""Reading YAML: plain values only, with the quick parser where PyYAML was built with it."""

from __future__ import annotations

from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_yaml(text: str | bytes) -> Any:
    """The document's plain value. Raises yaml.YAMLError; never makes objects of other types."""
    return yaml.load(text, Loader=_LOADER)  # either of the two safe loaders


def parse_strictly(text: str | bytes) -> Any:
    """As :func:`parse_yaml`, but a key that stands twice in one mapping is a yaml.YAMLError too."""
    return yaml.load(text, Loader=_Strict)  # a safe loader


class _Strict(_LOADER):  # type: ignore[misc]
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping
