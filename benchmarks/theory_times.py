"""What each prediction costs: CPU milliseconds of a first call, with nothing kept from earlier ones.

    python benchmarks/theory_times.py                # the paper's size; a minute
    python benchmarks/theory_times.py --size 400,300,200

Modules are imported, and the moments of the two functions computed, before the clock starts; every cache of theory is
emptied before each call. Values are medians of --repeats calls, CPU seconds with BLAS on one thread. Goals: 50 ms,
2000 ms for the ridge stage and the ESD, 5000 ms for `predict` as a whole.
"""

import argparse
import functools
import gc
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

import theory
from theory.ridge.stage import ridge_stage
from theory.spectrum.nullity import nullity
from theory.spike.inputs import spike_inputs

QUICK, SLOW, WHOLE = 50.0, 2000.0, 5000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One prediction, and what it may cost in milliseconds."""

    name: str
    call: Callable[[], object]
    goal: float = QUICK


def cases(n: int, N: int, d: int) -> Iterator[Timed]:
    """Every prediction of sections 2 to 7 and 9, at these sizes and the default problem."""
    student, teacher = theory.named("tanh"), theory.named("softplus")
    sn = theory.signal_noise(
        n=n,
        N=N,
        d=d,
        student=theory.student_moments(student),
        teacher=theory.teacher_moments(teacher),
        noise=0.3,
    )
    yield Timed(name="student_moments", call=partial(theory.student_moments, student))
    yield Timed(name="teacher_moments", call=partial(theory.teacher_moments, teacher))
    yield from _update_cases(sn, teacher)
    yield from _weight_cases(sn, teacher)
    yield from _loss_cases(sn, student, teacher)
    yield from _law_cases(N, d)
    sizes = {"n": n, "N": N, "d": d}
    yield Timed(name="predict, no eta", call=partial(theory.predict, **sizes), goal=WHOLE)
    yield Timed(name="predict, eta = 0.1", call=partial(theory.predict, **sizes, eta=0.1), goal=WHOLE)
    yield Timed(
        name="predict, GD 2000", call=partial(theory.predict, **sizes, optimiser="gd", eta=2000.0), goal=WHOLE
    )
    yield Timed(
        name="predict, eps = 1e-8", call=partial(theory.predict, **sizes, eps=1e-8, eta=0.1), goal=WHOLE
    )
    yield Timed(
        name="predict, mean-field",
        call=partial(theory.predict, **sizes, parametrisation="mean-field", eta=0.1),
        goal=WHOLE,
    )


def _update_cases(sn: "theory.SignalNoise", teacher: "theory.Function") -> Iterator[Timed]:
    for name in (
        "gradient_norms", "gradient_norm_spreads", "label_matrix_error", "residual_matrix_error", "sign_norm_ratio_refined",
        "sign_agreement_refined", "sign_norm_spread", "nullity_of",
    ):  # fmt: skip
        yield Timed(name=name, call=partial(getattr(theory, name), sn))
    for name in ("rank_one_error", "second_singular_value"):
        yield Timed(name=name, call=partial(getattr(theory, name), sn, teacher))
    for eps in (1e-8, 1e-5):
        for name in ("adam_frobenius_ratio", "adam_norm_ratios", "adam_frobenius_spread"):
            yield Timed(name=f"{name}, eps = {eps:g}", call=partial(getattr(theory, name), sn, eps))
    yield Timed(name="nullity, mean of d columns", call=partial(nullity, kappa=sn.kappa, N=sn.N, d=sn.d))


def _weight_cases(sn: "theory.SignalNoise", teacher: "theory.Function") -> Iterator[Timed]:
    inputs = spike_inputs(sn)
    yield Timed(name="spike_inputs", call=partial(spike_inputs, sn))
    yield Timed(name="critical_eta", call=partial(theory.critical_eta, inputs))
    for eta in (0.03, 0.1, 10.0):
        yield Timed(name=f"spike_at, eta = {eta:g}", call=partial(theory.spike_at, inputs, eta))
        yield Timed(
            name=f"spike_spread, eta = {eta:g}", call=partial(theory.spike_spread, sn, eta=eta, inputs=inputs)
        )
        yield Timed(name=f"weight_edges, eta = {eta:g}", call=partial(theory.weight_edges, sn, teacher, eta))
        yield Timed(
            name=f"weight_spectrum, eta = {eta:g}",
            call=partial(theory.weight_spectrum, sn, teacher, eta),
            goal=SLOW,
        )
    yield Timed(
        name="gradient_weight_edges, eta = 2000",
        call=partial(theory.gradient_weight_edges, sn, teacher, 2000.0),
    )
    yield Timed(name="overlaps_below", call=partial(theory.overlaps_below, theta=20.0, N=sn.N, d=sn.d, m=1.0))


def _loss_cases(
    sn: "theory.SignalNoise", student: "theory.Function", teacher: "theory.Function"
) -> Iterator[Timed]:
    for optimiser in ("adam", "gd"):
        yield Timed(
            name=f"first_step_loss, {optimiser}",
            call=partial(theory.first_step_loss, sn, optimiser=optimiser),
        )
    loss = partial(theory.adam_loss_integral, sn, student=student, teacher=teacher, eta=0.1)
    yield Timed(name="adam_loss_integral", call=loss)
    clipped = theory.from_callables(
        lambda z: np.clip(z, -1.0, 1.0),
        lambda z: 1.0 * (np.abs(z) < 1.0),
        name="hard tanh",
        kinks=(-1.0, 1.0),
    )
    sn_of_clipped = theory.signal_noise(
        n=sn.n, N=sn.N, d=sn.d, student=theory.student_moments(clipped), teacher=sn.teacher, noise=sn.noise
    )
    loss = partial(theory.adam_loss_integral, sn_of_clipped, student=clipped, teacher=teacher, eta=0.1)
    yield Timed(name="adam_loss_integral, hard tanh", call=loss)
    yield Timed(name="odd_student_floor", call=partial(theory.odd_student_floor, teacher.value, noise=0.3))
    for optimiser, eta in (("adam", 0.0), ("adam", 0.1), ("adam", 10.0), ("gd", 2000.0)):
        for features in ("paper", "released"):
            yield Timed(
                name=f"ridge_stage, {optimiser} {eta:g}, {features}",
                call=partial(
                    ridge_stage, sn, student=student, teacher=teacher, optimiser=optimiser, eta=eta, features=features,
                    ridge=0.01,
                ),
                goal=SLOW,
            )  # fmt: skip


def _law_cases(N: int, d: int) -> Iterator[Timed]:
    for name in ("tracy_widom_cdf", "tracy_widom_pdf", "tracy_widom_upper_tail"):
        yield Timed(name=name, call=partial(getattr(theory, name), 1.0))
    yield Timed(name="tracy_widom_quantile", call=partial(theory.tracy_widom_quantile, 0.95))
    yield Timed(name="top_singular_value_p_value", call=partial(
        theory.top_singular_value_p_value, math.sqrt(N) + math.sqrt(d) + 1.0, N=N, d=d))  # fmt: skip
    yield Timed(
        name="marchenko_pastur_quantile", call=partial(theory.marchenko_pastur_quantile, 0.3, N=N, d=d)
    )
    yield Timed(name="hill_alpha_null", call=partial(theory.hill_alpha_null, N=N, d=d))
    for method in ("quantiles", "finite"):
        yield Timed(
            name=f"hill_alpha_null, {method}", call=partial(theory.hill_alpha_null, N=N, d=d, method=method)
        )
    yield Timed(name="forster_bound", call=partial(theory.forster_bound, rows=N, columns=d, rank=1))


def empty_caches() -> None:
    """Forget every value that a function of theory has kept."""
    for found in gc.get_objects():
        if isinstance(found, functools._lru_cache_wrapper) and (found.__module__ or "").startswith("theory"):
            found.cache_clear()


def milliseconds(call: Callable[[], object], repeats: int) -> float:
    call()  # imports
    taken = []
    for _ in range(repeats):
        empty_caches()
        started = time.process_time()
        call()
        taken.append(1e3 * (time.process_time() - started))
    return statistics.median(taken)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", default="2000,1500,1000", metavar="n,N,d")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    n, N, d = (int(part) for part in options.size.split(","))
    print(f"(n, N, d) = ({n}, {N}, {d})\n\n| prediction | CPU, ms | goal, ms |\n| --- | ---: | ---: |")
    late = 0
    for case in cases(n, N, d):
        with threadpool_limits(limits=1):  # threads of BLAS that wait would count as work
            taken = milliseconds(case.call, options.repeats)
        late += taken > case.goal
        print(
            f"| {case.name} | {taken:.2f} | {case.goal:.0f}{' **missed**' if taken > case.goal else ''} |",
            flush=True,
        )
    print(f"\n{late} over the goal" if late else "\nAll within the goal.")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
