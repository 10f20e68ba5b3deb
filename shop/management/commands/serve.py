"""`make run`: everything the village office needs, started with one command, ended with Ctrl-C."""

import os
import socket
import time
import urllib.request
from contextlib import ExitStack
from io import StringIO

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.urls import reverse

from inventory.models import Station
from shop import demo
from shop.config import env
from shop.payments.stripe.way import StripeWay
from shop.serving import address, readiness
from shop.serving.processes import Processes

WEB, WORK, STRIPE = "网站", "后台任务", "假 Stripe"
START_SECONDS = 60


class Command(BaseCommand):
    help = "启动驿站：网站和后台任务。HOST、PORT、DEMO 见 .env.example。"
    requires_system_checks = ()

    def handle(self, *args, **options) -> None:
        began = time.monotonic()
        host = env.text("HOST", "127.0.0.1")
        if env.boolean("STRIPE_FAKE", False) and settings.PRODUCTION:
            raise SystemExit("STRIPE_FAKE 只用来试，不能和 PRODUCTION=1 一起用。")
        with ExitStack() as stack:
            try:
                listener = stack.enter_context(address.listen(host, env.text("PORT", "8000")))
                stack.enter_context(readiness.lock(settings.VAR_DIR))
            except ValueError as error:
                raise SystemExit(str(error)) from error
            try:
                self.make_ready()
            except KeyboardInterrupt:
                raise SystemExit("\n已停止。下次启动会接着做完。") from None
            self.serve(listener, address.reachable(host), began)

    def make_ready(self) -> None:
        readiness.background_work()
        if readiness.database():
            self.stdout.write("数据库已就绪。")
        if readiness.static_files():
            self.stdout.write("页面文件已就绪。")
        if settings.DEMO and not Station.objects.exists():
            said = StringIO()
            call_command("seed_demo", stdout=said)
            # What it made; the logins it adds are told together with the address.
            self.stdout.write(said.getvalue().partition("\n")[0])

    def start_stripe(self, processes: Processes, host: str, port: int) -> None:
        """A Stripe of our own beside the station, and a demo village that may pay there."""
        there = address.free_port()
        os.environ["STRIPE_API_BASE"] = f"http://127.0.0.1:{there}"
        os.environ["STRIPE_SECRET_KEY"] = "sk_test_fake"  # noqa: S105  (of nobody)
        os.environ["STRIPE_WEBHOOK_SECRET"] = "whsec_fake"  # noqa: S105  (of nobody)
        processes.start(
            STRIPE,
            *("tests.fakes.stripe", "--port", str(there)),
            *("--webhook", f"http://{host}:{port}{reverse('stripe-webhook')}"),
            *("--key", os.environ["STRIPE_SECRET_KEY"]),
            *("--secret", os.environ["STRIPE_WEBHOOK_SECRET"]),
        )
        for station in Station.objects.filter(code=demo.CODE):
            if StripeWay.code not in station.ways_to_pay:
                station.ways_to_pay = [*station.ways_to_pay, StripeWay.code]
                station.save(update_fields=["ways_to_pay"])

    def serve(self, listener: socket.socket, hosts: list[str], began: float) -> None:
        port = listener.getsockname()[1]
        os.environ["ALLOWED_HOSTS"] = ",".join([*env.words("ALLOWED_HOSTS", []), *hosts])
        # Printed codes are for phones: they lead to the laptop's address in the network.
        os.environ.setdefault("PUBLIC_URL", f"http://{hosts[0]}:{port}")
        with Processes() as processes:
            if env.boolean("STRIPE_FAKE", False):
                self.start_stripe(processes, hosts[0], port)
            processes.start(
                WEB,
                *("gunicorn", "--config", "python:shop.config.gunicorn"),
                *("--bind", f"fd://{listener.fileno()}"),
                pass_fds=(listener.fileno(),),
            )
            processes.start(
                WORK,
                *("celery", "--app", "shop.config.celery", "--quiet", "worker", "--beat"),
                *("--pool", "solo", "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            )
            deadline = time.monotonic() + START_SECONDS
            up = processes.wait(lambda: answers(hosts[0], port) or time.monotonic() > deadline)
            if up and time.monotonic() <= deadline:
                self.announce(hosts, port, time.monotonic() - began)
                processes.wait()
            ended = None if processes.signals else processes.ended()
            self.stdout.write("\n正在停止……")
        if ended:
            raise SystemExit(f"{ended}意外停止了，所以全部停了下来。原因见上面的几行。")
        if not processes.signals:
            raise SystemExit(f"网站 {START_SECONDS} 秒内没有启动起来。原因见上面的几行。")
        self.stdout.write("驿站已停止，数据都在。")

    def announce(self, hosts: list[str], port: int, seconds: float) -> None:
        shown = [f"http://{host}:{port}/" for host in hosts if host[0].isdigit()]
        lines = ["", f"惠民驿站已启动（{seconds:.0f} 秒）：{'  '.join(shown)}"]
        logins = demo.logins() if settings.DEMO else []
        if logins:
            lines.append("演示村的登录（手机号 / 密码）：")
            lines += [f"  {role}  {phone}  {password}" for role, phone, password in logins]
        lines += ["按 Ctrl-C 停止。", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def answers(host: str, port: int) -> bool:
    """Whether the web server says it is well."""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
