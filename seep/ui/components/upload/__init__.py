"""A place to drop files and folders, which go to the server's disk as a stream."""
