"""Whether two records are one person: comparison, weights, decision, explanation and clusters, without a database."""
