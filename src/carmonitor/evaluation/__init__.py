"""Comparing results: proving an old one, and trying a change of the rulebook before it is made."""
