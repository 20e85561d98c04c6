"""The screens: one file each, with its ``router``. A new screen: its file, its router here, its link in navigation."""

from carmonitor.console.screens import (
    account,
    actors,
    case,
    certificates,
    drawings,
    export,
    feedback,
    find,
    journal,
    month,
    quarantine,
    queue,
    rulebook,
    runs,
    slips,
    upload,
    users,
    zones,
)

ROUTERS = tuple(
    screen.router
    for screen in (
        account, month, find, queue, case, drawings, certificates, slips, actors, zones, upload, export, quarantine,
        feedback, runs, rulebook, journal, users,
    )
)  # fmt: skip
