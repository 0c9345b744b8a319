"""The catalogue of claims, one module per section of the paper."""
