"""Model, the truth: frozen records and pure functions on them."""
