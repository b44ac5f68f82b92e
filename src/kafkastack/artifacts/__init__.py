"""What is downloaded: lock files, verified download, one cache, assembled resources."""
