"""What tests and benchmarks share: a live app, a browser, patience, image files, kills."""
