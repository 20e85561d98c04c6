"""The review console: what analysts work with all day. Pages from the server; scripts only make them quicker."""
