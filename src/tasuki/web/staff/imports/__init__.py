"""Imports of result files: files, the rows somebody has to look at, and the mappings files are read by."""
