"""Controller: compares what was asked for with what there is, and acts."""
