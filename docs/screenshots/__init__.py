"""The pictures of the README and the guide: made by the app itself, on a demo workspace."""
