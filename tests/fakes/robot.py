"""企业微信's group robots: one chat for a key, text only, twenty messages a minute."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.answering import Answering, Request

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa".replace("x", "0")
ADDRESS = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"
MOST_A_MINUTE = 20


@dataclass
class FakeRobot(Answering):
    """`said`: the lines of each chat, by key."""

    said: dict[str, list[str]] = field(default_factory=lambda: {KEY: []})

    def answer(self, request: Request) -> tuple[int, Any]:
        chat = self.said.get(request.query.get("key", ""))
        if request.path != "/cgi-bin/webhook/send" or chat is None:
            return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}
        try:
            asked = json.loads(request.body)
            content = asked["text"]["content"] if asked["msgtype"] == "text" else ""
        except (ValueError, KeyError, TypeError):
            return 200, {"errcode": 47001, "errmsg": "data format error"}
        if not content or len(content.encode()) > 2048:
            return 200, {"errcode": 40058, "errmsg": "text exceed max length"}
        if len(chat) >= MOST_A_MINUTE:
            return 200, {"errcode": 45009, "errmsg": "api freq out of limit"}
        chat.append(content)
        return 200, {"errcode": 0, "errmsg": "ok"}
