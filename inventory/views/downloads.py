"""Files that a page of the console gives out."""

import io

from django.http import FileResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(name: str, data: bytes) -> FileResponse:
    """`data` to keep under this name (with its ending); nobody in between may."""
    kind = XLSX if name.endswith(".xlsx") else "text/csv; charset=utf-8"
    answer = FileResponse(io.BytesIO(data), as_attachment=True, filename=name, content_type=kind)
    answer["Cache-Control"] = "no-store"
    return answer
