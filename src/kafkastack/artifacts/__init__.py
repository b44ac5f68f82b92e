"""Downloads: lock files, verified download, one cache, assembled resources."""
