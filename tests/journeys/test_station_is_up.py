"""The station starts, a browser reaches it, and the browser's complaints do fail a test."""

from tests.journeys.conftest import Complaints


def test_the_health_page_opens(phone, station):
    page = phone()
    response = page.goto("/healthz")
    assert response is not None
    assert response.status == 200
    assert page.locator("body").inner_text() == "ok"


def test_broken_promises_are_heard(browser, station):
    complaints = Complaints(station.url)
    page = browser.new_page(base_url=station.url)
    complaints.listen(page)
    page.goto("/healthz")
    page.evaluate("console.error('oh no')")
    page.evaluate("setTimeout(() => { throw new Error('broken') })")
    page.evaluate("fetch('http://127.0.0.2:9/x.js').catch(() => {})")
    page.wait_for_timeout(300)
    page.context.close()
    heard = "\n".join(complaints.heard)
    assert "console: oh no" in heard
    assert "script error: broken" in heard
    assert "asked a foreign host: http://127.0.0.2:9/x.js" in heard
