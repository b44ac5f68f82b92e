"""MicroStack: a real single-node OpenStack, built on this machine, and removed again."""
