"""How a status changes: by one conditional UPDATE, along the table beside the status words."""

from collections.abc import Iterable

from django.db import models


class MovingQuerySet(models.QuerySet):
    """For a model with a `status` and its `MOVES`; nothing else writes that column."""

    def move(self, sources: Iterable[str], target: str, **also) -> int:
        """Moves those of these rows that are in one of `sources`; how many that were.

        Staying where it is is no move and always allowed. `also`: columns that change with it.
        """
        sources = set(sources)
        for source in sources - {target}:
            allowed = self.model.MOVES[source]
            assert target in allowed, f"{self.model.__name__}: {source} -> {target}"
        return self.filter(status__in=sources).update(status=target, **also)
