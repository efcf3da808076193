"""One module per diagnostic; each module's docstring is the manual page of its code."""
