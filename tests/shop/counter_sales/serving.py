"""What somebody at the till does, as plain forms."""


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def scan(client, till, *words):
    for word in words:
        page = client.post(f"{till}scan/", {"scan": word}, follow=True)
    return page


def goods(page) -> list[tuple[str, int]]:
    quoted = page.context["quoted"]
    return [(line.title, line.quantity) for line in quoted.lines] if quoted else []


def pay(client, till, **said):
    seen = client.get(till).context["quoted"].seen
    return client.post(f"{till}pay/", {"way": "cash", "seen": seen} | said)
