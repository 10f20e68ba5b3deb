"""Processes that place orders at the same moment, and say how many they managed."""

import gc
import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import NamedTuple

from tests.benchmarks.ground import Filled


class Slice(NamedTuple):
    """What all processes together did in one slice of time."""

    orders: int
    seconds: float
    errors: list[str]


class Crew:
    """Lives as long as the measurement: starting a process costs two seconds of imports."""

    def __init__(self, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.processes, self.pipes = [], []
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs,), daemon=True)
            process.start()
            self.processes.append(process)
            self.pipes.append(ours)

    def run(
        self, contender: str, filled: list[list[Filled]], round_id: int, seconds: float
    ) -> Slice:
        """Every process places its own baskets until they or the seconds are used up."""
        for pipe, baskets in zip(self.pipes, filled, strict=True):
            pipe.send((contender, baskets, round_id))
        for pipe in self.pipes:
            pipe.recv()
        # The monotonic clock is one for all processes of a machine.
        start = time.monotonic() + 0.1
        for pipe in self.pipes:
            pipe.send((start, start + seconds))
        answers = [pipe.recv() for pipe in self.pipes]
        return Slice(
            orders=sum(answer[0] for answer in answers),
            seconds=max(answer[1] for answer in answers) - start,
            errors=[error for answer in answers for error in answer[2]],
        )

    def queries(self, contender: str, filled: list[Filled], round_id: int) -> int:
        """Statements of one order, BEGIN and COMMIT among them."""
        self.pipes[0].send((contender, filled, round_id))
        self.pipes[0].recv()
        self.pipes[0].send(None)
        return self.pipes[0].recv()

    def close(self) -> None:
        for pipe in self.pipes:
            pipe.close()
        for process in self.processes:
            process.join(timeout=10)


def _work(pipe: Connection) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.benchmarks.contenders import CONTENDERS

    contenders = {name: make() for name, make in CONTENDERS.items()}
    while True:
        try:
            name, filled, round_id = pipe.recv()
        except EOFError:
            return
        contender = contenders[name]
        prepared = contender.prepare(filled, round_id)
        connection.ensure_connection()
        gc.collect()
        pipe.send("ready")
        order = pipe.recv()
        if order is None:
            with CaptureQueriesContext(connection) as captured:
                contender.place(prepared[0])
            pipe.send(len(captured))
            continue
        start, end = order
        time.sleep(max(0, start - time.monotonic()))
        done, errors = 0, []
        for basket in prepared:
            if time.monotonic() >= end:
                break
            try:
                contender.place(basket)
                done += 1
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}".splitlines()[0])
        pipe.send((done, time.monotonic(), errors))
