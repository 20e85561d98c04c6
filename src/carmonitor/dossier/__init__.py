"""What leaves the house: the export of flagged cases, the monthly reconciliation, the return template."""
