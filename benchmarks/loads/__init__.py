"""The two kinds of load of `benchmarks.load`: people who save and read, and open browser tabs."""
