"""What stands in the head of every page, in this order: (name of its text under ``navigation``, path, role)."""

NAVIGATION = (
    ("month", "/", "viewer"),
    ("queue", "/cases", "viewer"),
    ("zones", "/zones", "viewer"),
    ("upload", "/upload", "analyst"),
    ("quarantine", "/quarantine", "viewer"),
    ("runs", "/runs", "viewer"),
    ("rulebook", "/rulebook", "viewer"),
    ("journal", "/journal", "viewer"),
    ("users", "/users", "admin"),
)
