"""The change over from a predecessor: what was rehearsed, and the plan by which it is done."""
