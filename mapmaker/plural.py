"""A number and a noun -> words, for a person."""


def count_of(number: float | int | str, one: str, more: str = "") -> str:
    """Return "1 poster" or "1,000 posters"; `more` is the plural where it is not `one` and an s.

    A stage's figures hold numbers that may be of any of these types.
    """
    return f"{number:,} {one if number == 1 else more or one + 's'}"
