"""What is measured of slicks, and what analysts decide about them."""
