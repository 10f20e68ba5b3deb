"""What every page of the console has in common."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(
    request: HttpRequest, template: str, section: str, *, status: int = 200, **context
) -> HttpResponse:
    """Renders a page of `request.station`; `section` is the entry of the menu it belongs to."""
    frame = {"station": request.station, "section": section}
    return render(request, template, frame | context, status=status)
