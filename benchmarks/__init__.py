"""What must be fast, as ratios within one run: never an absolute time, since machines differ and are shared."""
