"""What a charm may ask: the tiny client, the buffered context, one module per tool family."""
