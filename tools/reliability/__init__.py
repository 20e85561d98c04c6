"""What the database holds when things go wrong: faults one by one, and a year of them (docs/reliability.md)."""
