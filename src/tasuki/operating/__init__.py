"""How a node is operated: maintenance, and the keys its peers are known by."""
