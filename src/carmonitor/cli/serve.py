"""``carmonitor serve``: the review console in the browser."""

from __future__ import annotations

import os

import click

from carmonitor.cli import common

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command(
    epilog="""\b
Examples:
  carmonitor serve                                           on this machine only: http://127.0.0.1:8321
  carmonitor serve --port 9000 --lang fr
  carmonitor serve --behind-tls --name kp.example.org        a proxy on this machine speaks TLS (docs/console.md)
  carmonitor serve --host 10.0.0.5 --behind-tls --name kp.example.org --proxy 10.0.0.2
"""
)
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen on")
@click.option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True)
@click.option("--behind-tls", is_flag=True, help="a proxy in front speaks TLS; cookies are sent over TLS only")
@click.option("--name", "names", multiple=True, help="a name the console is reached by (repeat); loopback always is")
@click.option(
    "--proxy", "proxies", multiple=True, help="with --behind-tls: addresses of the proxy  [default: 127.0.0.1]"
)
@common.lang_option
def serve(
    host: str, port: int, behind_tls: bool, names: tuple[str, ...], proxies: tuple[str, ...], lang: str | None
) -> None:
    """Serve the review console. Only this machine reaches it, unless a proxy that speaks TLS stands in front."""
    import json

    import uvicorn

    from carmonitor.store import accounts

    configured = common.settings()
    tls = behind_tls or configured.behind_tls
    if host not in _LOOPBACK and not tls:
        common.fail(
            f"found --host {host}: passwords would cross the network in the clear. Put a proxy that speaks TLS in "
            "front and say --behind-tls (docs/console.md), or leave --host away",
            common.USAGE,
        )
    with common.database(configured, create=True) as store, store.read() as connection:
        nobody = not accounts.everyone(connection)
    os.environ["CARMONITOR_BEHIND_TLS"] = "true" if tls else "false"
    os.environ["CARMONITOR_CONSOLE_HOSTS"] = json.dumps([*configured.console_hosts, *names])
    os.environ["CARMONITOR_LANG"] = common.language(lang, configured)
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"carmonitor console at http://{shown}:{port}/ (Ctrl+C ends it)", err=True)
    if nobody:
        click.echo("there is no user yet: carmonitor users add NAME --role admin --user NAME", err=True)
    uvicorn.run(
        "carmonitor.console.app:from_environment",
        factory=True,
        host=host,
        port=port,
        proxy_headers=tls,
        forwarded_allow_ips=",".join(proxies) or "127.0.0.1",
        server_header=False,
        access_log=False,
        log_level="warning",
    )
