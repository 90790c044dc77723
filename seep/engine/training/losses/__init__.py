"""Training losses: one module per family; `combined` sums them by name."""
