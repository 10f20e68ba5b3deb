"""第二步: TOTP beside the password, recovery codes, and how both end."""

import re
import time
from base64 import b32decode
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import hotp

from shop.models import LoginFailure, RecoveryCode, SecondFactor
from shop.ways_in import second_factor, sessions
from shop.ways_in.second_factor import CodeWrong
from tests import factories

WORD = "wo-de-mima-1"
HERE = "10.0.0.1"
#: Everybody with work has the right to one.
WORKERS = ["staff", "manager", "courier", "leader", "building_leader"]


class App:
    """What somebody has on their phone."""

    def __init__(self, secret: str) -> None:
        self.key = b32decode(secret)

    def code(self, *, ahead: int = 0) -> str:
        """`ahead`: seconds its clock is before ours."""
        return f"{hotp(self.key, (int(timezone.now().timestamp()) + ahead) // 30):06d}"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """No half minute, after which the code is another one, ends while a test runs."""
    begun, real = time.time() // 30 * 30 - time.time(), timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(seconds=begun))


@pytest.fixture
def worker(staff):
    staff.set_password(WORD)
    staff.save()
    return staff


def enrol(user) -> tuple[App, list[str]]:
    second_factor.begin(user)
    app = App(second_factor.begun(user).secret)
    codes = second_factor.confirm(user, app.code(ahead=-30), HERE)
    user.refresh_from_db()
    return app, codes


def log_in(client, user, **more):
    return client.post(reverse("login"), {"username": user.phone, "password": WORD} | more)


def say(client, code, **more):
    return client.post(reverse("login-second"), {"code": code} | more)


def is_in(client) -> bool:
    return client.get(reverse("station-today")).status_code == 200


# --- enrolling --------------------------------------------------------------------------------


def do(client, step, **said):
    return client.post(reverse("second-factor"), {"do": step} | said)


@pytest.mark.parametrize("who", WORKERS)
def test_who_works_here_enrols_with_the_password_and_a_code(client, request, who):
    someone = request.getfixturevalue(who)
    someone.set_password(WORD)
    someone.save()
    client.force_login(someone)
    assert do(client, "begin", password="falsch-1").status_code == 400
    assert not SecondFactor.objects.exists()
    assert do(client, "begin", password=WORD).url == reverse("my-login")
    page = client.get(reverse("my-login"))
    secret = page.context["begun"].secret
    assert secret in page.text
    assert 'class="qr"' in page.text
    assert second_factor.of(someone) is None
    wrong = do(client, "confirm", code="abcdef")
    assert wrong.status_code == 400
    assert "这个码不对" in wrong.text
    done = do(client, "confirm", code=App(secret).code())
    codes = done.context["recovery_codes"]
    assert len(set(codes)) == 10
    assert all(f"{code[:5]}-{code[5:]}" in done.text for code in codes)
    # Shown once.
    again = client.get(reverse("my-login"))
    assert again.status_code == 200
    assert "recovery_codes" not in again.context
    assert secret not in again.text
    assert "恢复码还剩 10 个" in again.text


def test_what_the_app_is_told(staff):
    second_factor.begin(staff)
    begun = second_factor.begun(staff)
    assert begun.address.startswith("otpauth://totp/%E6%83%A0%E6%B0%91%E9%A9%BF%E7%AB%99%3A")
    assert f"secret={begun.secret}&issuer=%E6%83%A0%E6%B0%91%E9%A9%BF%E7%AB%99" in begun.address
    assert staff.phone not in begun.address


def test_a_key_that_nobody_confirmed_is_shown_for_half_an_hour(staff):
    second_factor.begin(staff)
    app = App(second_factor.begun(staff).secret)
    SecondFactor.objects.update(at=timezone.now() - timedelta(minutes=30))
    assert second_factor.begun(staff) is None
    with pytest.raises(CodeWrong):
        second_factor.confirm(staff, app.code(), HERE)


def test_beginning_again_does_nothing_once_it_is_on(worker):
    app, _codes = enrol(worker)
    second_factor.begin(worker)
    second_factor.check(worker, app.code(), HERE)


def test_whoever_was_logged_in_elsewhere_is_out(client, worker):
    client.force_login(worker)
    enrol(worker)
    assert client.get(reverse("station-today")).url.startswith(reverse("login"))


def test_who_enrolled_stays_in(client, worker):
    client.force_login(worker)
    do(client, "begin", password=WORD)
    do(client, "confirm", code=App(second_factor.begun(worker).secret).code())
    assert is_in(client)


@pytest.mark.parametrize("who", ["resident", "neighbour"])
@pytest.mark.parametrize("step", ["begin", "confirm", "codes", "off", "x", ""])
def test_who_has_no_work_has_none(client, request, who, step):
    someone = request.getfixturevalue(who)
    someone.set_password(WORD)
    someone.save()
    client.force_login(someone)
    assert "第二步" not in client.get(reverse("my-login")).text
    do(client, step, password=WORD, code="123456")
    assert not SecondFactor.objects.exists()


def test_nothing_is_kept_in_plain_text(worker):
    _app, codes = enrol(worker)
    kept = str(SecondFactor.objects.values().get()) + str(list(RecoveryCode.objects.values()))
    secret = second_factor.sealing.unseal(SecondFactor.objects.get().sealed_key)
    assert len(secret) == 32
    for hidden in (secret, b32decode(secret).hex(), *codes):
        assert hidden not in kept


# --- logging in -------------------------------------------------------------------------------


def test_the_password_alone_opens_nothing(client, worker):
    enrol(worker)
    assert log_in(client, worker).url == reverse("login-second")
    assert "_auth_user_id" not in client.session
    for page in ("station-today", "station-money", "my-login", "home", "dashboard:index"):
        assert reverse("login") in client.get(reverse(page), follow=True).redirect_chain[-1][0]


def test_with_the_code_they_are_in(client, worker):
    app, _codes = enrol(worker)
    log_in(client, worker)
    assert "6 位数字" in client.get(reverse("login-second")).text
    assert say(client, f"{app.code()[:3]} {app.code()[3:]}").url == reverse("home")
    assert is_in(client)


def test_it_leads_where_they_wanted_to_go(client, worker):
    app, _codes = enrol(worker)
    there = log_in(client, worker, next="/station/money/").url
    assert there == f"{reverse('login-second')}?next=%2Fstation%2Fmoney%2F"
    assert 'value="/station/money/"' in client.get(there).text
    assert say(client, app.code(), next="/station/money/").url == "/station/money/"


@pytest.mark.parametrize("ahead", [-30, 30])
def test_a_clock_may_differ_by_half_a_minute(worker, ahead):
    second_factor.begin(worker)
    app = App(second_factor.begun(worker).secret)
    SecondFactor.objects.update(confirmed=True)
    with pytest.raises(CodeWrong):
        second_factor.check(worker, app.code(ahead=3 * ahead), HERE)
    second_factor.check(worker, app.code(ahead=ahead), HERE)


def test_a_code_works_once(client, worker):
    app, _codes = enrol(worker)
    code = app.code()
    second_factor.check(worker, code, HERE)
    with pytest.raises(CodeWrong):
        second_factor.check(worker, code, HERE)


def test_an_older_code_is_no_use_after_a_newer_one(worker):
    app, _codes = enrol(worker)
    second_factor.check(worker, app.code(ahead=30), HERE)
    with pytest.raises(CodeWrong):
        second_factor.check(worker, app.code(), HERE)


def test_a_code_is_of_its_own_user(worker, manager):
    app, codes = enrol(worker)
    enrol(manager)
    for code in (app.code(), codes[0]):
        with pytest.raises(CodeWrong):
            second_factor.check(manager, code, HERE)


def test_each_recovery_code_works_once_instead(client, worker):
    _app, codes = enrol(worker)
    log_in(client, worker)
    typed = f"{codes[0][:5].lower()}-{codes[0][5:]} "
    assert say(client, typed).status_code == 302
    assert is_in(client)
    client.logout()
    log_in(client, worker)
    assert "这个码不对" in say(client, typed).text
    assert say(client, codes[1]).status_code == 302
    assert "恢复码还剩 8 个" in client.get(reverse("my-login")).text


@pytest.mark.parametrize("code", ["", "\x00", "x" * 21, "１２３４５６", "-1", "0x1234"])
def test_odd_codes_are_a_sentence(client, worker, code):
    enrol(worker)
    log_in(client, worker)
    response = say(client, code)
    assert response.status_code == 400
    assert "_auth_user_id" not in client.session


def test_five_guesses_and_one_waits_whatever_the_address(client, worker):
    app, _codes = enrol(worker)
    log_in(client, worker)
    for number in range(5):
        client.post(reverse("login-second"), {"code": "000000"}, REMOTE_ADDR=f"10.0.1.{number}")
    locked = say(client, app.code())
    assert locked.status_code == 429
    assert "试的次数太多了，请过 15 分钟再来。" in locked.text


def test_twenty_guesses_a_day(worker):
    enrol(worker)
    for _ in range(4):
        for _ in range(5):
            with pytest.raises(CodeWrong):
                second_factor.check(worker, "AAAAA-22222", HERE)
        LoginFailure.objects.update(at=timezone.now() - timedelta(minutes=15))
    with pytest.raises(second_factor.guessing.TooManyTries, match="24 小时"):
        second_factor.check(worker, "AAAAA-22222", HERE)


def test_half_a_login_does_not_last(client, worker):
    app, _codes = enrol(worker)
    log_in(client, worker)
    session = client.session
    session[sessions.HALF_IN] = [*session[sessions.HALF_IN][:3], timezone.now().timestamp() - 601]
    session.save()
    assert say(client, app.code()).url.startswith(reverse("login"))
    assert sessions.HALF_IN not in client.session


def test_nor_does_it_outlive_the_password(client, worker):
    app, _codes = enrol(worker)
    log_in(client, worker)
    worker.set_password("ein-anderes-1")
    worker.save()
    assert say(client, app.code()).url == reverse("login")
    assert not is_in(client)


def test_nobody_gets_there_without_a_password(client, worker):
    enrol(worker)
    assert client.get(reverse("login-second")).url == reverse("login")
    assert say(client, "123456").url == reverse("login")


def test_the_session_gets_a_new_key_with_each_half(client, worker):
    app, _codes = enrol(worker)
    client.get(reverse("login"))
    log_in(client, worker)
    half = client.session.session_key
    say(client, app.code())
    assert client.session.session_key != half


def test_who_worked_here_says_it_after_a_card_too(client, home, staff, worker):
    from inventory.models import Membership
    from shop.ways_in import cards

    app, _codes = enrol(worker)
    Membership.objects.all().delete()
    factories.person(home, phone=worker.phone)
    code = cards.issue(home, by=factories.user())
    said = {"code": code, "yes": "1", "phone": worker.phone}
    assert client.post(reverse("card"), said).url == reverse("login-second")
    assert "_auth_user_id" not in client.session
    assert say(client, app.code()).status_code == 302
    assert client.get(reverse("my-home")).context["household"] == home
    # And may switch it off for good.
    do(client, "off", password=WORD)
    assert not SecondFactor.objects.exists()


# --- what it costs ----------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["station-today", "station-doors", "my-login"])
def test_no_page_costs_a_query_more(client, worker, page):
    def queries() -> list[str]:
        client.get(reverse(page))
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse(page)).status_code == 200
        return [query["sql"] for query in counted]

    client.force_login(worker)
    without = queries()
    client.logout()
    app, _codes = enrol(worker)
    log_in(client, worker)
    say(client, app.code())
    with_it = queries()
    if page == "my-login":  # which says how many recovery codes are left
        with_it = [sql for sql in with_it if "recoverycode" not in sql]
        assert len(with_it) <= len(without)
    else:
        assert len(with_it) == len(without)
        assert not [sql for sql in with_it if "secondfactor" in sql]


# --- it ends ----------------------------------------------------------------------------------


def test_switching_off_needs_the_password(client, worker):
    app, _codes = enrol(worker)
    log_in(client, worker)
    say(client, app.code())
    assert "密码不对。" in do(client, "off", password="falsch-1").text
    assert second_factor.of(worker) is not None
    assert do(client, "off", password=WORD).url == reverse("my-login")
    client.logout()
    assert log_in(client, worker).url == reverse("home")


def test_new_recovery_codes_need_the_password_and_end_the_old_ones(client, worker):
    app, old = enrol(worker)
    log_in(client, worker)
    say(client, app.code())
    assert do(client, "codes", password="falsch-1").status_code == 400
    new = do(client, "codes", password=WORD).context["recovery_codes"]
    assert not set(old) & set(new)
    with pytest.raises(CodeWrong):
        second_factor.check(worker, old[0], HERE)
    second_factor.check(worker, new[0], HERE)


def test_an_open_phone_is_no_place_to_guess_the_password(client, worker):
    client.force_login(worker)
    for _ in range(8):
        do(client, "begin", password="falsch-1")
    assert do(client, "begin", password=WORD).status_code == 429
    assert not SecondFactor.objects.exists()


def test_with_another_secret_key_nobody_sees_an_error_page(client, worker, settings):
    app, _codes = enrol(worker)
    settings.SECRET_KEY = "another"
    with pytest.raises(CodeWrong):
        second_factor.check(worker, app.code(), HERE)


# --- colleagues -------------------------------------------------------------------------------


def test_a_manager_resets_a_colleagues(client, manager, worker):
    enrol(worker)
    client.force_login(manager)
    page = client.get(reverse("station-colleagues")).text
    reset = reverse("station-colleague-reset", args=[worker.pk])
    assert f'action="{reset}"' in page
    assert client.post(reset).url == reverse("station-colleagues")
    assert second_factor.of(worker) is None
    client.logout()
    assert log_in(client, worker).url == reverse("home")


def test_and_whoever_is_logged_in_as_them_is_out(client, manager, worker):
    enrol(worker)
    client.force_login(worker)
    second_factor.reset(worker, by=manager)
    assert not is_in(client)


@pytest.mark.parametrize("who", ["staff", "courier", "leader", "resident", "stranger"])
def test_nobody_else_resets_anybodys(client, request, who, worker, courier):
    colleague = factories.member(worker.memberships.get().station)
    enrol(colleague)
    client.force_login(request.getfixturevalue(who))
    response = client.post(reverse("station-colleague-reset", args=[colleague.pk]))
    assert response.status_code in {403, 404}
    assert second_factor.of(colleague) is not None


def test_a_manager_does_not_reset_their_own_nor_a_superusers(client, manager, station):
    boss = factories.member(station)
    boss.is_superuser = True
    boss.save()
    for someone in (boss, manager):
        enrol(someone)
        client.force_login(manager)
        reset = reverse("station-colleague-reset", args=[someone.pk])
        assert client.post(reset).status_code == 404
        assert second_factor.of(someone) is not None


def test_the_list_is_of_everybody_with_work_here_and_names_nobodys_phone(
    client, manager, worker, courier, leader, resident, stranger
):
    client.force_login(manager)
    response = client.get(reverse("station-colleagues"))
    listed = set(response.context["colleagues"])
    assert listed == {manager, worker, courier, leader}
    assert not re.search(r"1\d{10}", response.text)


def test_the_list_costs_the_same_with_many_colleagues(client, manager, station):
    client.force_login(manager)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("station-colleagues"))
        return len(counted)

    for _ in range(3):
        factories.member(station)
    before = queries()
    for _ in range(20):
        enrol(factories.member(station))
    assert queries() == before
