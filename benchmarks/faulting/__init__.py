"""The steps of `benchmarks.faults`: each breaks something on purpose and looks at what is left."""
