"""The screens: one file each, with its ``router``. A new screen: its file, its router here, its link in navigation."""

from carmonitor.console.screens import account, case, journal, month, quarantine, queue, rulebook, runs, users

ROUTERS = tuple(screen.router for screen in (account, month, queue, case, quarantine, runs, rulebook, journal, users))
