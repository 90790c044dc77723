"""Readers of images, one module a kind of file; `seep.io.images` chooses among them."""
