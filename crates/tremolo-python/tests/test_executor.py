"""The threads of a worker: `globals.executor`."""

import asyncio
import contextvars
import gc
import os
import subprocess
import sys
import threading
import weakref

import pytest
from tremolo._executor import Executor

variable = contextvars.ContextVar("variable", default="unset")


def using(body, size=2):
    """Runs a coroutine function with an executor, whose threads have to end after it."""

    async def main():
        executor = Executor(size, asyncio.get_running_loop())
        executor.start()
        try:
            return await body(executor)
        finally:
            executor.shutdown()
            await asyncio.to_thread(lambda: [thread.join() for thread in executor.threads])
            assert not executor.is_busy()

    return asyncio.run(main())


def test_runs_a_function_with_its_arguments_on_a_thread():
    async def body(executor):
        def call(a, b):
            return a, b, threading.current_thread()

        a, b, thread = await executor.submit(call, args=(1,), kwargs={"b": 2})
        assert (a, b) == (1, 2)
        assert thread in executor.threads
        assert executor.thread is thread
        assert [thread.name for thread in executor.threads] == ["tremolo-1", "tremolo-2"]
        assert (executor.size, executor.counter) == (2, 3)

    using(body)


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        (lambda executor: [thread.name for thread in executor.threads], ["own-1", "own-2"]),
        (lambda executor: executor.thread.name, "own-2"),
        (lambda executor: executor.counter, 3),
        (lambda executor: executor.submit(int).cancel(), True),
        (lambda executor: executor.submit(int, name=0).cancel(), True),
    ],
)
def test_threads_start_with_the_first_job_or_when_they_are_looked_at(look, seen):
    async def main():
        before = threading.active_count()
        executor = Executor(2, asyncio.get_running_loop(), "own")
        assert not executor.is_busy()
        assert threading.active_count() == before
        assert look(executor) == seen
        threads = executor.threads
        assert executor.is_busy()
        assert (len(threads), executor.counter) == (2, 3)
        executor.shutdown()
        await asyncio.to_thread(lambda: [thread.join() for thread in threads])

    asyncio.run(main())


def test_threads_that_have_not_started_do_not_start_after_a_shutdown():
    executor = Executor(2, loop := asyncio.new_event_loop())
    executor.shutdown()
    assert (executor.threads, executor.thread, executor.counter) == ([], None, 1)
    assert not executor.is_busy()
    loop.close()


def test_a_number_chooses_the_thread_and_keeps_the_order():
    async def body(executor):
        order = []

        def call(number):
            order.append(number)
            return threading.current_thread()

        jobs = [executor.submit(call, (number,), name=3) for number in range(10)]
        assert set(await asyncio.gather(*jobs)) == {executor.threads[1]}
        assert order == list(range(10))

    using(body)


def test_an_idle_thread_takes_what_a_busy_one_leaves():
    async def body(executor):
        go = threading.Event()
        blocked = [executor.submit(go.wait) for _ in range(2)]
        later = [executor.submit(threading.current_thread) for _ in range(4)]
        go.set()
        assert await asyncio.gather(*blocked) == [True, True]
        assert set(await asyncio.gather(*later)) <= set(executor.threads)

    using(body)


def test_a_generator_function_is_iterated_on_one_thread():
    async def body(executor):
        closed = []

        def pieces(count):
            try:
                for number in range(count):
                    yield number, threading.current_thread()
            finally:
                closed.append(threading.current_thread())

        seen = [item async for item in executor.submit(pieces, (3,))]
        assert [number for number, _ in seen] == [0, 1, 2]
        assert len({thread for _, thread in seen}) == 1
        part = executor.submit(pieces, (3,))
        assert (await anext(part))[0] == 0
        await part.aclose()
        assert len(closed) == 2
        assert set(closed) <= set(executor.threads)

    using(body)


@pytest.mark.parametrize(
    ("raised", "caught"),
    [(ValueError, ValueError), (SystemExit, SystemExit), (StopIteration, RuntimeError),
     (KeyboardInterrupt, RuntimeError)],
)  # fmt: skip
def test_an_exception_is_raised_where_the_result_is_awaited(raised, caught):
    async def body(executor):
        def call():
            raise raised("the reason")

        with pytest.raises(caught, match=r"the reason|a function on a thread"):
            await executor.submit(call)
        assert await executor.submit(int) == 0

    using(body)


def test_a_job_that_is_cancelled_before_it_begins_does_not_run():
    async def body(executor):
        go, ran = threading.Event(), []
        first = executor.submit(go.wait)
        second = executor.submit(ran.append, (1,))
        second.cancel()
        # asyncio cancels the job of the thread in the next turn of the loop.
        asyncio.get_running_loop().call_soon(go.set)
        await first
        assert await executor.submit(list) == []
        assert ran == []

    using(body, size=1)


def test_a_thread_that_has_ended_is_replaced():
    async def body(executor):
        old = executor.threads[0]
        old.shutdown()
        await asyncio.to_thread(old.join)
        with pytest.raises(RuntimeError, match="has ended"):
            old.submit(int)
        assert await executor.submit(threading.current_thread, name=0) is executor.threads[0]
        assert old not in executor.threads
        assert executor.counter == 4

    using(body)


def test_what_waits_for_a_thread_that_ends_is_cancelled():
    async def body(executor):
        go = threading.Event()
        thread = executor.threads[0]
        first = thread.submit(go.wait)
        thread.shutdown()
        late = thread.submit(int)
        go.set()
        assert await first
        with pytest.raises(asyncio.CancelledError):
            await late

    using(body)


def test_after_a_shutdown_nothing_is_taken():
    async def body(executor):
        go, begun = threading.Event(), threading.Semaphore(0)

        def call():
            begun.release()
            return go.wait()

        running = [executor.submit(call) for _ in range(2)]
        waiting = executor.submit(int)
        for _ in running:
            await asyncio.to_thread(begun.acquire)
        executor.shutdown()
        with pytest.raises(RuntimeError, match="shut down"):
            executor.submit(int)
        go.set()
        assert await asyncio.gather(*running) == [True, True]
        with pytest.raises(asyncio.CancelledError):
            await waiting

    using(body)


def test_context_variables_are_those_of_the_caller():
    async def body(executor):
        variable.set("set")
        assert await executor.submit(variable.get) == "set"
        await executor.submit(variable.set, ("changed",))
        assert variable.get() == "set"

    using(body)


def test_a_thread_keeps_nothing_of_a_job_that_is_done():
    async def body(executor):
        def call():
            pass

        seen = weakref.ref(call)
        await executor.submit(call, name=0)
        # The thread may still be on its way to its next wait.
        await executor.submit(int, name=0)
        del call
        gc.collect()
        assert seen() is None

    using(body)


def test_what_is_no_function_is_refused():
    async def body(executor):
        with pytest.raises(TypeError, match="not a function"):
            executor.submit(1)

    using(body)


def run(program):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_an_executor_that_is_never_shut_down_lets_the_interpreter_end():
    program = """
import asyncio
from tremolo._executor import Executor
async def main():
    kept.append(Executor(2, asyncio.get_running_loop()))
    kept[0].start()
    print(await kept[0].submit(int))
kept = []
asyncio.run(main())
"""
    assert run(program) == ["0"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_process_has_threads_of_its_own():
    program = """
import asyncio, os
from tremolo._executor import Executor
async def main(executor):
    print(await executor.submit(int, name=0), flush=True)
executor = Executor(1, loop := asyncio.new_event_loop())
executor.start()
loop.run_until_complete(main(executor))
if child := os.fork():
    os.waitpid(child, 0)
else:
    loop.close()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main(executor))
loop.close()
executor.shutdown()
"""
    assert run(program) == ["0", "0"]
