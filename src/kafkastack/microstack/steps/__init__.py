"""The steps from nothing to a cloud that boots instances, a module for each part of it."""
