"""The appendix of the first step: its tables and figures, and the machinery that runs, builds and writes them."""
