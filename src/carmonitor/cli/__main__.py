"""``python -m carmonitor.cli``, the same as the ``carmonitor`` command."""

from carmonitor.cli import main

main()
