"""Places, their passes and their sites."""
