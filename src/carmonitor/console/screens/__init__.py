"""The screens: one file each, with its ``router``. A new screen: its file, its router here, its link in navigation."""

from carmonitor.console.screens import account, month

ROUTERS = (account.router, month.router)
