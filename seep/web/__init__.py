"""HTTP routes: pixels and small JSON for the components in the browser, and who may change what."""
