"""The framework in force: regimes, the rulebook (data), its rules (pure functions) and the engine that runs them."""
