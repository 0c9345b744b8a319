"""How the critical learning rate scatters from run to run: that of a run's own ||D_0||_2, m, m2 and noise."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from theory.gradient.decomposition import SignalNoise
from theory.spike.formulas import SpikeTheory, critical_theta
from theory.spike.inputs import SpikeInputs, critical_eta
from theory.spike.run_scatter import run_covariance, run_means, run_scales
from theory.update.optimisers import Optimiser, known_optimiser

__all__ = ["threshold_spreads"]

NAMES = ("psi2", "psi_row", "row2", "cosine", "size2")  # of `run_covariance`
STEP = 1e-4
THEORIES: Mapping[str, SpikeTheory] = {
    "critical_eta": "two-row",
    "critical_eta_one_row": "one-row",
    "critical_eta_independent": "independent",
}


def threshold_spreads(sn: SignalNoise, inputs: SpikeInputs, *, optimiser: Optimiser) -> dict[str, float]:
    """Standard deviations over runs of m, m2, the critical theta and the critical eta of each theory.

    Parameters
    ----------
    sn : SignalNoise
        With nu > 0.
    inputs : SpikeInputs
        Of this problem and optimiser, eps 0.

    Returns
    -------
    spreads : dict
        "spike_m", "spike_m2", "critical_theta", "critical_eta", "critical_eta_one_row", "critical_eta_independent"; nan
        where there is no threshold.

    Notes
    -----
    docs/derivations/spike.md, eq. (44). Leading order in 1/d; GD's noise is taken as given.
    """
    optimiser = known_optimiser(optimiser)
    covariance = np.zeros((len(NAMES) + 1,) * 2)
    covariance[:-1, :-1] = run_covariance(sn, optimiser)
    covariance[-1, -1] = run_scales(sn)[1]  # W_0's row along the rest of u knows nothing of v
    psi2, psi_row = run_means(sn, optimiser, 1.0, 0.0)
    centre = np.array(
        [psi2, psi_row, 1.0, math.sqrt(2.0 / math.pi) if optimiser == "adam" else 1.0, 1.0, 0.0]
    )
    slopes: dict[str, list[float]] = {
        name: [] for name in ("spike_m", "spike_m2", "critical_theta", *THEORIES)
    }
    for index, value in enumerate(centre.tolist()):
        if index == NAMES.index("cosine") and optimiser == "gd":  # u is a/|a| itself
            width = 0.0
        else:
            width = STEP * (value or 1.0)
        high, low = (_numbers(sn, inputs, optimiser, centre, index, sign * width) for sign in (1.0, -1.0))
        for name, found in slopes.items():
            found.append((high[name] - low[name]) / (2.0 * width) if width else 0.0)
    return {
        name: math.sqrt(max(float(np.array(g) @ covariance @ np.array(g)), 0.0)) for name, g in slopes.items()
    }


def _numbers(
    sn: SignalNoise, inputs: SpikeInputs, optimiser: str, centre: np.ndarray, index: int, change: float
) -> dict[str, float]:
    """What a run has whose number `index` differs from the mean one."""
    means, own = dict(zip((*NAMES, "rest"), centre.tolist(), strict=True)), centre.copy()
    own[index] += change
    run = dict(zip((*NAMES, "rest"), own.tolist(), strict=True))
    here = _run(inputs, optimiser, means, run)
    numbers = {"spike_m": here.m, "spike_m2": here.m2}
    numbers |= {name: critical_eta(here, theory=theory) for name, theory in THEORIES.items()}
    eta = numbers["critical_eta"]
    tau = math.sqrt(here.initial_variance + eta**2 * here.noise_variance) if math.isfinite(eta) else math.nan
    known = math.isfinite(tau)
    numbers["critical_theta"] = (
        critical_theta(N=here.N, d=here.d, m=here.m, m2=here.m2, tau=tau) if known else math.nan
    )
    return {name: value if math.isfinite(value) else math.nan for name, value in numbers.items()}


def _run(
    inputs: SpikeInputs, optimiser: str, means: Mapping[str, float], run: Mapping[str, float]
) -> SpikeInputs:
    """The inputs of a run with its own numbers: row . v, its two shares and the update's length change as these do."""
    growth = math.sqrt(run["psi2"] / means["psi2"])
    if optimiser == "gd":
        growth *= math.sqrt(run["size2"])
        noise = inputs.noise_variance
    else:
        whole = inputs.noise_variance + inputs.update_norm**2 / (inputs.N * inputs.d)
        noise = max(whole - (growth * inputs.update_norm) ** 2 / (inputs.N * inputs.d), 0.0)
    cosine = run["cosine"]
    along = (
        inputs.m
        / means["cosine"]
        * run["psi_row"]
        / means["psi_row"]
        / math.sqrt(run["psi2"] / means["psi2"])
    )
    sine = math.sqrt(1.0 - cosine**2)
    return replace(
        inputs, update_norm=growth * inputs.update_norm, noise_variance=noise, m=cosine * along + sine * run["rest"],
        m2=sine * along,
    )  # fmt: skip
