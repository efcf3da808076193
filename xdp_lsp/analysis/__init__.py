"""Object bytes and targets in, a `FileAnalysis` out. Pure: touches no file and no process."""
