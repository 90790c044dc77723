"""What belongs to the benchmark of the learning loop."""
