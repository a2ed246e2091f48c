"""Where the tests' page is served from, besides the API's own origin: ports of 127.0.0.1."""

from devstack.ports import free_ports

#: For origins that may send cookies, for those that may not, and for those that the service does not know.
WITH_CREDENTIALS, WITHOUT, UNLISTED = free_ports(3)
#: `localhost` is another site than the API's 127.0.0.1; another port of that is the same site.
ELSEWHERE = f"http://localhost:{WITH_CREDENTIALS}"
NEXT_DOOR = f"http://127.0.0.1:{WITH_CREDENTIALS}"
