"""Times of this process, and the lines that tell them."""

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter, process_time

Times = Sequence[float]


def timed(do: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """How many seconds it takes, once."""
    begun = clock()
    do()
    return clock() - begun


def each(do: Callable[[], object], times: int, clock: Callable[[], float] = perf_counter) -> list[float]:
    """The same thing many times, after a tenth as many to warm up."""
    return [timed(do, clock) for _ in range(times // 10 + times)][times // 10 :]


def alone(do: Callable[[], object], times: int) -> list[float]:
    """As ``each``, in this process's own time: what else the machine does is not counted."""
    return each(do, times, process_time)


def tell(what: str, times: Times, floor: Times | None = None) -> None:
    """One line: the median, the 99th of a hundred, and how often the floor's median fits in."""
    p99 = sorted(times)[int(len(times) * 0.99)]
    ratio = f"{median(times) / median(floor):8.1f} x its floor" if floor else ""
    print(f"  {what:48}{median(times) * 1e6:9.1f} us  p99{p99 * 1e6:9.1f} us{ratio}")
