"""The interface of a town: business systems register people with its index."""
