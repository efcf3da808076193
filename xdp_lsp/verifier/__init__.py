"""Bounds every prepend of a program by abstract interpretation. Knows nothing of drivers or editors."""
