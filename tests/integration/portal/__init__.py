"""The residents' pages in this process, on the network's real tables."""
