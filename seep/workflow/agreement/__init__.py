"""Agreement of first and second masks: figures, pictures, and the choice of the mask that becomes ground truth."""
