"""The same twelve row rules and four aggregate rules in several engines, one module each.

Every engine module has ``NAME``, ``SLOW`` (timed once, not best of three), ``prepare(workload)`` (not timed: the table
in the engine's own form) and ``run(prepared)`` (timed), which gives a :class:`benchmarks.sixteen.rules.Flagged`.
"""
