"""A synthetic custody chain with injected fraud. Everything it makes is called synthetic.

``simulate(Settings(seed=7))`` gives a :class:`World`; ``evidence.evidence_of`` makes it evidence,
``writing.write`` files.
"""

from carmonitor.simulation.settings import Settings
from carmonitor.simulation.world import World, simulate

__all__ = ["Settings", "World", "simulate"]
