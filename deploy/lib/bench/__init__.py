"""What deploy/bench runs: cases, each ours beside the floors and rivals of one round, on one machine."""
