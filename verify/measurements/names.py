"""How a learning rate stands in the names of readings: every digit of it, so that no two share a name."""

__all__ = ["exact"]


def exact(value: float | None) -> str:
    """The shortest text that is this number and no other.

    Examples
    --------
    >>> exact(0.1), exact(0.1000001), exact(2000.0), exact(1e-5)
    ('0.1', '0.1000001', '2000', '1e-05')
    """
    return repr(float("nan") if value is None else float(value)).removesuffix(".0")
