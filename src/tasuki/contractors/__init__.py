"""Contractors' work (委託先の作業): who may do it, when, under whose eyes, and what came in and went out meanwhile."""
