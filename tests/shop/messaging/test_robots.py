"""群机器人: where an address may lead, and what a chat is told."""

import logging

import pytest

from shop.errors import RobotRefused
from shop.messaging import robots, sealing
from shop.messaging.gateways.gateway import Later, NoAnswer, Refused
from shop.models import GridRobot
from tests.fakes.answering import Fault
from tests.fakes.robot import ADDRESS, KEY


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hello",
        f"http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key={KEY}",
        f"https://evil.example/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com@evil.example/cgi-bin/webhook/send?key={KEY}",
        f"https://user:word@qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com:x/cgi-bin/webhook/send?key={KEY}",
        f"https://127.0.0.1/cgi-bin/webhook/send?key={KEY}",
        f"https://[::1]/cgi-bin/webhook/send?key={KEY}",
        f"https://[::1/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com/cgi-bin/gettoken?key={KEY}",
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/../gettoken?key={KEY}",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a%0d%0aHost:x",
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}&debug=1",
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={'a' * 101}",
        f"file:///etc/passwd?key={KEY}",
        f"https://qyapi.weixin.qq.com\x00/cgi-bin/webhook/send?key={KEY}",
    ],
)
def test_an_address_that_leads_elsewhere_is_refused(grid, manager, address):
    with pytest.raises(RobotRefused):
        robots.set_address(grid, address, by=manager)
    assert not GridRobot.objects.exists()


def test_an_address_is_kept_sealed(robot, grid):
    kept = GridRobot.objects.get()
    assert KEY not in kept.sealed_url
    assert sealing.unseal(kept.sealed_url) == ADDRESS


def test_another_host_may_be_allowed(settings, grid, manager):
    settings.ROBOT_HOSTS = ["robot.example"]
    address = f"https://robot.example{robots.PATH}?key={KEY}"
    robots.set_address(grid, f" {address}\n", by=manager)
    with pytest.raises(RobotRefused, match=r"robot\.example"):
        robots.set_address(grid, ADDRESS, by=manager)


def test_a_host_that_is_not_allowed_any_more_is_not_asked(robot, settings):
    settings.ROBOT_HOSTS = ["robot.example"]
    with pytest.raises(Refused, match="host not allowed"):
        robots.send(ADDRESS, "早")
    assert not robot.requests


def test_a_line_arrives_in_the_chat(robot):
    robots.send(ADDRESS, "早市开始接单了，16:00截单。")
    assert robot.said[KEY] == ["早市开始接单了，16:00截单。"]
    assert robot.requests[0].headers["content-type"] == "application/json; charset=utf-8"


def test_a_long_line_is_cut_between_characters(robot):
    robots.send(ADDRESS, "菜" * 1000)
    assert robot.said[KEY] == ["菜" * 682]


def test_more_than_twenty_a_minute_wait(robot):
    for number in range(20):
        robots.send(ADDRESS, f"{number}")
    with pytest.raises(Later, match="45009"):
        robots.send(ADDRESS, "one more")


def test_an_address_that_nobody_has_any_more_is_refused(robot):
    robot.said.clear()
    with pytest.raises(Refused, match="93000"):
        robots.send(ADDRESS, "早")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(503, b"busy"), Later),
        (Fault(200, {"errcode": -1}), Later),
        (Fault(200, b"<html>"), NoAnswer),
        (Fault(200, {"errcode": "x"}), NoAnswer),
        (Fault(500, b""), NoAnswer),
        (Fault(302, b""), NoAnswer),
        (Fault(drop=True), NoAnswer),
    ],
)
def test_odd_answers(robot, fault, error):
    robot.next(fault)
    with pytest.raises(error):
        robots.send(ADDRESS, "早")


def test_the_key_is_in_no_log(robot, caplog):
    robot.next(Fault(200, {"errcode": 93000, "errmsg": KEY}))
    with caplog.at_level(logging.DEBUG), pytest.raises(Refused) as caught:
        robots.send(ADDRESS, "早")
    assert KEY not in caplog.text
    assert KEY not in str(caught.value)
