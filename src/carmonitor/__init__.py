"""Export monitoring for rough diamonds from the Central African Republic."""
