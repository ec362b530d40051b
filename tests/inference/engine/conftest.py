"""A server with the chat protocol on this machine."""

import pytest

from tests import chat_server


@pytest.fixture
def server():
    with chat_server.running() as found:
        yield found
