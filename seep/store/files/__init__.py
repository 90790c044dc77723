"""Stored files in a folder or in a bucket, images in buckets, and the copies of both on this machine."""
