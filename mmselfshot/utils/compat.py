"""The only place that knows versions of torch and of the mm packages."""


def apply_compat() -> None:
    """Make the installed mm packages work with the installed torch."""
