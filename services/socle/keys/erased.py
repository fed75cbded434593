"""What a personal datum reads as once its key is destroyed: a value people can see, never an error."""

from __future__ import annotations


class Efface(str):
    """A text that says the datum is gone; its type tells it from a person who would be called « (effacé) »."""

    __slots__ = ()


EFFACE = Efface("(effacé)")


def enc_hook(value: object) -> str:
    """For msgspec's encoders, which refuse subclasses of str: `msgspec.json.encode(x, enc_hook=enc_hook)`."""
    if isinstance(value, Efface):
        return str.__str__(value)
    raise TypeError(f"not a JSON value: {type(value).__name__}")
