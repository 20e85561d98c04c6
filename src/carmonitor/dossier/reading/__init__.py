"""The reading matter of a dossier: one PDF, one page, and where its papers lie."""
