"""A command group that imports a command's module only when the command is called."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """``commands``: name → (``module:attribute``, one line of help)."""

    def __init__(self, *, commands: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(context_settings={"help_option_names": ["-h", "--help"]}, **options)
        self._lazy = dict(commands)
        self.params.append(
            click.Option(
                ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="version"
            )
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run, with what a terminal's encoding cannot show written as ``\\u202f`` (Windows pipes speak cp1252)."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        if form := os.environ.get("CARMONITOR_LOG", ""):
            from carmonitor.operations import logs

            logs.configure(form)
        try:
            return super().invoke(ctx)
        except Exception as error:
            from carmonitor.cli import common

            told = common.explained(error)
            if told is None:
                raise
            common.fail(*told)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return None
        module, _, attribute = self._lazy[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self._lazy.items()])


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"carmonitor {version('carmonitor')}")
        ctx.exit()
