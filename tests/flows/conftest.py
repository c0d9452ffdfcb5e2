"""The flows as they stand in the repository, read once."""

import pytest

from bot.conversation.flow import Flows
from bot.conversation.scheme import Scheme
from bot.library import Library
from bot.settings import ROOT

EXAMPLE_SCHEME = "tyneside"


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.load(ROOT / "flows")


@pytest.fixture(scope="session")
def flows(library: Library) -> Flows:
    return library.flows(EXAMPLE_SCHEME)


@pytest.fixture(scope="session")
def scheme(library: Library) -> Scheme:
    return library.scheme(EXAMPLE_SCHEME)
