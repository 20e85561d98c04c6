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
    _check(text, aliases=True)
    return yaml.load(text, Loader=_Strict)  # a safe loader


DEEPEST = 50  # lists in lists; what is deeper ends the process in the parser itself


def parse_received(text: str | bytes) -> Any:
    """As :func:`parse_strictly`, for what others sent: no anchors and aliases, which a few lines grow to gigabytes."""
    _check(text, aliases=False)
    return yaml.load(text, Loader=_Strict)  # a safe loader


def _check(text: str | bytes, *, aliases: bool) -> None:
    """Look at the marks before any value is made."""
    deep = 0
    for event in yaml.parse(text, Loader=_LOADER):
        deep += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if deep > DEEPEST:
            raise yaml.YAMLError(f"lists in lists, more than {DEEPEST} deep")
        if not aliases and getattr(event, "anchor", None):
            raise yaml.YAMLError("an anchor or alias (& or *), which is not read here")


class _Strict(_LOADER):  # type: ignore[misc]
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, list | dict | set):
                raise yaml.constructor.ConstructorError(
                    None, None, "a list or mapping as a key, expected a word", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping
