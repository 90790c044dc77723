"""Parses YAML from outside, without aliases: nested aliases expand a kilobyte to gigabytes of text."""

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Safe loader that refuses aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not supported")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def parse_yaml(text: str) -> Any:
    """Parse YAML to plain values.

    Raises:
        yaml.YAMLError: not YAML, or it has aliases.
    """
    return yaml.load(text, _Loader)  # noqa: S506 - a subclass of the safe loader
