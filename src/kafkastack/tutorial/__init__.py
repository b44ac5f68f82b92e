"""Tutorials: Markdown to steps and checkpoints, walked by a runner that can resume."""
