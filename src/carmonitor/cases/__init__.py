"""Findings to cases: what a person must decide on, the workflow, and the journal."""
