"""The argument `lock`: in one worker, and between processes."""

import asyncio
import multiprocessing
import os
import signal

import pytest
from tremolo._lock import Locks, ServerLock
from tremolo.lib import locks as named
from tremolo.workers.shared_locks import LocksOfWorker, SharedLocks


def run(body, count=2):
    async def main():
        await asyncio.wait_for(body(ServerLock(Locks(count))), 20)

    asyncio.run(main())


def test_tasks_get_it_in_the_order_of_their_calls():
    async def body(lock):
        order = []

        async def work(number):
            async with lock:
                await asyncio.sleep(0)
                order.append(number)

        await asyncio.gather(*map(work, range(10)))
        assert order == list(range(10))

    run(body)


def test_a_number_names_another_lock_modulo_their_count():
    async def body(lock):
        async with lock, lock(1):
            assert [lock(number).name for number in range(-1, 4)] == [1, 0, 1, 0, 1]
            with pytest.raises(TimeoutError):
                await lock(2).acquire(timeout=0)
            with pytest.raises(TimeoutError):
                await lock(3, timeout=0).acquire()

    run(body)


def test_a_lock_that_is_not_held_can_be_released():
    async def body(lock):
        lock.release()
        await lock.acquire()
        lock.release()
        lock.release()
        async with lock:
            pass

    run(body)


def test_a_task_that_is_cancelled_while_it_waits_loses_its_place_only():
    async def body(lock):
        await lock.acquire()
        first, second = (asyncio.create_task(lock.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        lock.release()
        await second
        assert first.cancelled()
        with pytest.raises(TimeoutError):
            await lock.acquire(0)

    run(body)


def test_it_has_the_name_of_the_original():
    assert named.ServerLock is ServerLock


# Between processes.


def in_worker(shared, number, body, pipe):
    """The entry of a process: runs a coroutine function with its lock."""

    async def main():
        own = LocksOfWorker(shared, number)
        try:
            await asyncio.wait_for(body(ServerLock(Locks(shared.locks, own)), pipe), 20)
        finally:
            own.close()

    asyncio.run(main())


class Workers:
    def __init__(self, method, count):
        self.context = multiprocessing.get_context(method)
        self.shared = SharedLocks(2, count)
        self.processes = []

    def start(self, body):
        """Starts a process; gives the other end of its pipe."""
        here, there = self.context.Pipe()
        arguments = (self.shared, len(self.processes), body, there)
        process = self.context.Process(target=in_worker, args=arguments)
        process.start()
        there.close()
        self.processes.append(process)
        return here

    def end(self):
        for process in self.processes:
            process.join()
        assert [process.exitcode for process in self.processes] == [0] * len(self.processes)


@pytest.fixture(params=["fork", "spawn"])
def workers(request):
    made = []

    def make(count):
        made.append(Workers(request.param, count))
        return made[-1]

    yield make
    for one in made:
        for process in one.processes:
            process.kill()
            process.join()
            process.close()
        one.shared.close()


def number_in(path):
    with open(path) as file:
        return int(file.read())


def write(path, number):
    with open(path, "w") as file:
        file.write(str(number))


async def count_up(lock, pipe):
    """Adds to a number in a file a hundred times, with a pause between reading and writing."""
    path = await asyncio.to_thread(pipe.recv)
    for _ in range(100):
        async with lock:
            number = number_in(path)
            await asyncio.sleep(0)
            write(path, number + 1)


def test_one_task_of_all_processes_at_a_time(workers, tmp_path):
    path = tmp_path / "number"
    path.write_text("0")
    group = workers(3)
    pipes = [group.start(count_up) for _ in range(3)]
    for pipe in pipes:
        pipe.send(str(path))
    group.end()
    assert path.read_text() == "300"


async def hold(lock, pipe):
    await lock.acquire()
    pipe.send("held")
    await asyncio.to_thread(pipe.recv)
    lock.release()


async def take_turns(lock, pipe):
    """Takes the lock again as soon as it has released it, until another process had it."""
    stop = asyncio.create_task(asyncio.to_thread(pipe.recv))
    while not stop.done():
        async with lock:
            await asyncio.sleep(0)
    pipe.send("stopped")


async def once(lock, pipe):
    async with lock:
        pipe.send("held")
    await asyncio.to_thread(pipe.recv)


def test_a_process_that_wants_it_again_at_once_lets_another_one_have_it(workers):
    group = workers(2)
    busy = group.start(take_turns)
    other = group.start(once)
    assert other.recv() == "held"
    other.send("end")
    busy.send("stop")
    assert busy.recv() == "stopped"
    group.end()


def test_a_process_that_dies_gives_its_locks_back(workers):
    group = workers(2)
    assert group.start(hold).recv() == "held"
    other = group.start(once)
    os.kill(group.processes[0].pid, signal.SIGKILL)
    group.processes[0].join()
    assert other.recv() == "held"
    other.send("end")
    del group.processes[0]
    group.end()


def test_a_dead_process_that_waited_is_forgotten(workers):
    group = workers(2)
    holder = group.start(hold)
    assert holder.recv() == "held"
    group.start(once)
    while group.shared._next(0) != 1:
        pass
    group.processes[1].kill()
    group.processes.pop().join()
    group.shared.forget(1)
    assert group.shared._next(0) is None
    holder.send("release")
    group.end()


async def give_up(lock, pipe):
    try:
        await lock.acquire(timeout=0.01)
    except TimeoutError:
        pipe.send("timed out")
    async with lock(1):
        pipe.send("another")
    await asyncio.to_thread(pipe.recv)
    async with lock:
        pipe.send("held")


def test_the_wait_for_another_process_has_an_end(workers):
    group = workers(2)
    holder = group.start(hold)
    assert holder.recv() == "held"
    other = group.start(give_up)
    assert [other.recv(), other.recv()] == ["timed out", "another"]
    holder.send("release")
    other.send("again")
    assert other.recv() == "held"
    group.end()
