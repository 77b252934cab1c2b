"""Where tasks run: here, in processes of this machine, or on a Dask cluster. Answers are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib import import_module
from typing import Any

from spatial_gaps.errors import InputError
from spatial_gaps.study.tasks import Task
from spatial_gaps.study.working import Outcome, work

ENGINES = ("serial", "processes", "dask")
# Dask has workers give all free memory back at once; making it anew for every array took a third of a run.
_MALLOC = {"MALLOC_TRIM_THRESHOLD_": 2**28, "MALLOC_MMAP_THRESHOLD_": 2**26}


def outcomes(
    tasks: Sequence[Task], engine: str = "processes", workers: int = 1, scheduler: str | None = None
) -> Iterator[tuple[Task, Outcome]]:
    """Do tasks and yield each with its outcome as it is done, in any order.

    Parameters
    ----------
    tasks : sequence of Task
        Independent of each other.
    engine : {"processes", "serial", "dask"}
        One worker of "processes" is this process.
    workers : int
        How many; those of a `scheduler` are as many as it has.
    scheduler : str, optional
        Address of a Dask scheduler, such as tcp://10.0.0.1:8786; a local cluster unless given. Its
        workers have to see the study's files under the same paths.

    Raises
    ------
    InputError
        If the engine is none, or Dask is not installed or not reached.
    """
    if engine not in ENGINES:
        raise InputError(f"the engine has to be one of {', '.join(ENGINES)}", value=engine)
    if engine == "dask":
        return _on_dask(tasks, workers, scheduler)
    if engine == "serial" or workers == 1 or len(tasks) < 2:
        return ((task, work(task)) for task in tasks)
    return _in_processes(tasks, workers)


def _numbered(number: int, task: Task) -> tuple[int, Outcome]:
    return number, work(task)


def _in_processes(tasks: Sequence[Task], workers: int) -> Iterator[tuple[Task, Outcome]]:
    import joblib

    pool = joblib.Parallel(n_jobs=workers, return_as="generator_unordered", batch_size=1)
    for number, outcome in pool(joblib.delayed(_numbered)(k, task) for k, task in enumerate(tasks)):
        yield tasks[number], outcome


def _on_dask(
    tasks: Sequence[Task], workers: int, scheduler: str | None
) -> Iterator[tuple[Task, Outcome]]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise InputError(
            "the engine dask needs the package distributed",
            hint="pip install 'spatial-gaps[scale]', or --engine processes.",
        ) from error
    with ExitStack() as stack:
        try:
            client: Any = stack.enter_context(
                distributed.Client(scheduler, timeout="10s")
                if scheduler
                else distributed.Client(
                    stack.enter_context(_local_cluster(distributed, workers)), timeout="30s"
                )
            )
        except OSError as error:
            raise InputError(
                f"no Dask scheduler answers at {scheduler}: {error}",
                hint="Start one with 'dask scheduler', and workers with 'dask worker ADDRESS'.",
            ) from error
        # A task is done again where its worker was lost, and only that one.
        futures = client.map(work, tasks, pure=False, retries=3)
        number = {future.key: k for k, future in enumerate(futures)}
        for future in distributed.as_completed(futures):
            yield tasks[number[future.key]], future.result()
            future.release()


def _local_cluster(distributed: Any, workers: int) -> Any:
    config: Any = import_module("dask.config")
    key = "distributed.nanny.pre-spawn-environ"
    with config.set({key: {**config.get(key), **_MALLOC}}):
        return distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=":0", processes=True,
        )  # fmt: skip
