"""Run many small jobs in several processes, with a progress bar."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any

import cv2
from tqdm import tqdm


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def start_worker(parent: int) -> None:
    """One thread, Ctrl-C left to the parent, end when the parent ends."""
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(
        target=_end_with_parent, args=(parent,), daemon=True
    ).start()


def run_jobs(
    function: Callable[[Any], None],
    jobs: list,
    num_workers: int,
    title: str,
    show_progress: bool = True,
) -> None:
    """Call `function` for every job, in any order.

    Args:
        function: Writes its result to files; picklable.
        jobs: Its arguments; picklable.
        num_workers: Processes; with 1 all is done in this one.
        title: Of the progress bar.
        show_progress: Whether to draw the bar on stderr.

    Raises:
        Exception: The first error of a job; jobs not begun are left out.
    """

    def with_bar(done: Iterable) -> Iterable:
        return tqdm(
            done,
            total=len(jobs),
            desc=title,
            disable=not show_progress,
            mininterval=0.5,
        )

    num_workers = min(num_workers, len(jobs))
    with _one_cv2_thread():
        if num_workers > 1:
            _run_in_workers(function, jobs, num_workers, with_bar)
            return
        for job in with_bar(jobs):
            function(job)


@contextmanager
def _one_cv2_thread() -> Iterator[None]:
    # before a fork: a worker cannot end threads that its parent has, and
    # would wait for them forever
    num_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(num_threads)


def _run_in_workers(
    function: Callable[[Any], None],
    jobs: list,
    num_workers: int,
    with_bar: Callable[[Iterable], Iterable],
) -> None:
    methods = multiprocessing.get_all_start_methods()
    executor = ProcessPoolExecutor(
        num_workers,
        multiprocessing.get_context('fork' if 'fork' in methods else 'spawn'),
        start_worker,
        (os.getpid(),),
    )
    try:
        futures = [executor.submit(function, job) for job in jobs]
        for future in with_bar(as_completed(futures)):
            future.result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
