"""Charts: pure functions from figures to SVG, one file a chart, the same on a page and on paper.

They need no style sheet (the content security policy allows no inline style), are read in black
and white, and carry their contents as a title and a description for who cannot see them.
"""
