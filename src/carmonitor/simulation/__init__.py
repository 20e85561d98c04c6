"""A synthetic custody chain with injected fraud. Everything it makes is called synthetic."""
