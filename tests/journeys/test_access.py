"""What axe-core hears: a page that keeps somebody out, before it is left, once."""

BAD = """kind => {
  document.body.innerHTML = `<main><h1>买菜</h1><button class="${kind}"></button></main>`;
}"""


def test_a_bad_page_is_heard_when_it_is_left(phone, looker):
    page = phone()
    page.goto("/login/")
    page.evaluate(BAD, "bad")
    assert looker.heard == []
    page.goto("/login/")
    [sentence] = looker.heard
    assert sentence.startswith('/login/ (360 px): button-name (critical) ["button"]: ')
    assert sentence.endswith('<button class="bad"></button>')
    # Once is enough; what is new on it is another matter, also when it is only used.
    page.evaluate(BAD, "bad")
    page.goto("/login/")
    assert len(looker.heard) == 1
    page.evaluate(BAD, "other")
    page.get_by_role("heading").click()
    assert '<button class="other">' in looker.heard[1]
    page.evaluate(BAD, "typed")
    page.keyboard.press("Tab")
    assert '<button class="typed">' in looker.heard[2]
    # One that is closed was looked at before.
    page.evaluate(BAD, "last")
    page.context.close()
    assert '<button class="last">' in looker.heard[3]
    # All of this was wanted here.
    looker.heard.clear()
