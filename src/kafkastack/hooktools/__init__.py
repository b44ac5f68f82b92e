"""Hook tools of charms: the tiny client, the buffered context, one module per tool family."""
