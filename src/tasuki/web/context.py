"""What every page's template is given."""

from django.http import HttpRequest


def common(_request: HttpRequest) -> dict[str, object]:
    """Return values every page shows."""
    return {}
