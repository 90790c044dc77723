"""Export of results, one module per format."""
