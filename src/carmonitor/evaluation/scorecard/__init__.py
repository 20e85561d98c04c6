"""The scorecard: how detectors and ranking find simulated fraud, beside simple references. Synthetic throughout."""
