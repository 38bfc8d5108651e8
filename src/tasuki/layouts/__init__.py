"""National layouts as data, and the engine that validates, renders and serialises records by them."""
