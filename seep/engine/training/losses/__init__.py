"""What a training step makes small: one module a family of losses, put together by name in `total`."""
