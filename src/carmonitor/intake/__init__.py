"""Files to records: reading, understanding, converting; what fails goes to quarantine with its reason."""
