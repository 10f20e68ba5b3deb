"""That all books agree, in the middle of a test."""

from shop import audit


def books_agree() -> None:
    """Fails with the sentences of `manage.py audit` that say what does not."""
    wrong = [str(result) for result in audit.run() if not result.ok]
    assert not wrong, "\n".join(wrong)
