"""Fuzzers for every reader and parser of intake; see ``python -m tools.fuzz --help``."""
