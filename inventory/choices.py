"""`TextChoices` as Django has it, with the types it has in truth: members are text.

Django ships no types, so a checker takes `PLANNED = "planned", _("…")` for a pair. Status words
derive from this one.
"""

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from enum import StrEnum

    class TextChoices(StrEnum):
        choices: ClassVar[list[tuple[str, str]]]
        labels: ClassVar[list[str]]
        values: ClassVar[list[str]]

        def __new__(cls, value: str, label: Any = "") -> "TextChoices": ...

        @property
        def label(self) -> str: ...

else:
    from django.db.models import TextChoices

__all__ = ["TextChoices"]
