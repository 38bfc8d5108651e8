"""What a town does with screening, index and gateway together."""
