"""Contractors: their works from request to inspection, who may work, and what came in and went out."""
