"""What a reader is shown of a case, an actor, a zone: gathered from the store, before it becomes a page or a print."""
