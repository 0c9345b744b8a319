"""The part of `theory.predict` that needs no learning rate and no W_1: moments, first gradient, first update."""

import math
from dataclasses import fields

from theory.gradient.decomposition import bulk_signal, entry_scale
from theory.gradient.fluctuations import Sensitivity, global_variance
from theory.gradient.norms import (
    gradient_norm_spreads,
    gradient_norms,
    label_matrix_error,
    residual_matrix_error,
)
from theory.gradient.rank_one import frobenius_distance
from theory.prediction.problem import EPS, NO_SIGNAL, TOO_LARGE, Problem, flag_of, quantity
from theory.prediction.quantity import Quantity
from theory.spectrum.gradient_top import gradient_top
from theory.spectrum.noise_spectra import nullity_of, rank_one_error, second_singular_value
from theory.spectrum.nullity import nullity
from theory.spectrum.nullity_rows import unflipped_share_refined
from theory.spectrum.second_value import gradient_second_value, second_value_flag, sign_second_value
from theory.spectrum.sign_top import is_weak, sign_top, underived
from theory.update.adam_eps import adam_norms
from theory.update.adam_eps_spread import adam_frobenius_spread
from theory.update.sign import (
    sign_agreement,
    sign_agreement_refined,
    sign_norm_ratio,
    sign_norm_ratio_refined,
    sign_norm_spread,
)

__all__ = ["gradient_quantities", "moment_quantities", "update_quantities"]

LABEL_MEAN_FIELD = "mean-field: of the order of the noise, so this is a lower bound"
LEADING_DISTANCE = "the leading form, 25 % low at d = 50 to 200: its corrections are of order 1/ln N"
WEAK = "weak signal: the noise to first order only, as a whole in operator_norm_ratio"
WEAK_LIMIT = "weak signal: a lower bound, what the noise adds to ||G_0||_2 is not derived for {}"
WEAK_DISTANCE = "weak signal: relative to the signal's part of ||G_0||_2, which is not all of it"
MEASURED_SLOPE = (
    "the smallest growing singular value is taken as 0.8 eta: measured, not derived (nullity.md, section 4)"
)
FEW_FOR_DISTANCE = "n < d: measured 5 to 10 % below the bare edge, which is returned"
NULLITY_LIMIT = (
    "the limit for equal rows of normal noise: p0 is {:.3g} at this size (unflipped_share_refined)"
)
FAR_FROM_LIMIT = 0.05  # of p0
FIRST_ORDER = "p0 is {:.0%} below its limit, to first order: a third of that more was measured missing"
INTERPOLATED = (
    "between eps = 0 and GD the norm's finite-size part is interpolated: {:.1%} of the norm hangs on that"
)
LARGEST_INTERPOLATED = 0.002  # of the operator norm: a tenth of the margin that measurements are judged by
EPS_SPREAD = (
    0.9  # of the norm at eps = 0: below it eps matters too much for the scatter that was derived there
)


def moment_quantities(problem: Problem) -> list[Quantity]:
    """Gaussian moments of student and teacher: exact."""
    return [
        quantity(problem, field.name, getattr(moments, field.name), sd=0.0)
        for moments in (problem.sn.student, problem.sn.teacher)
        for field in fields(moments)
        if field.name not in ("name", "odd", "steep_share", "flag")
    ]


def gradient_quantities(problem: Problem) -> list[Quantity]:
    """What G_0 is made of, its norms, and its distances from both rank-one matrices."""
    sn = problem.sn
    flag = flag_of(*sn.flags, problem.sizes_flag)
    leading = flag_of(*sn.flags, problem.leading_flag)
    energy = Sensitivity(scale=0.0, signal=0.0, residual_2=1.0, residual_mean=0.0)
    found = [
        quantity(problem, "output_2", sn.output_2, flag=flag),
        quantity(
            problem, "initial_loss", sn.residual_2, sd=math.sqrt(global_variance(sn, energy)), flag=flag
        ),
        quantity(problem, "residual_4", sn.residual_4, flag=flag),
        quantity(problem, "b_squared", sn.b_squared, flag=flag),
        quantity(problem, "v_t", sn.v_t, flag=flag),
    ]
    found += [quantity(problem, name, getattr(sn, name), flag=leading) for name in ("nu", "kappa", "p")]
    operator, operator_sd, reason = _gradient_operator(problem)
    frobenius, spread = gradient_norms(sn)[1], gradient_norm_spreads(sn)[1]
    found += [
        quantity(problem, "gradient_operator_norm", operator, sd=operator_sd, flag=flag_of(flag, reason)),
        quantity(problem, "gradient_frobenius_norm", frobenius, sd=spread * frobenius, flag=flag),
    ]
    found += _distances(problem, flag)
    agreement = float(sign_agreement(sn.kappa))
    found += [
        quantity(problem, "sign_agreement", agreement, flag=leading),
        quantity(problem, "sign_agreement_residual", sign_agreement_refined(sn), flag=flag),
    ]
    return found


def _gradient_operator(problem: Problem) -> tuple[float, float, str | None]:
    """||G_0||_2, its deviation, and what it lacks: of the signal, or where that is weak of signal and noise."""
    sn, squares = problem.sn, problem.residual_squares
    limit, spread = gradient_norms(sn)[0], gradient_norm_spreads(sn)[0]
    if not is_weak(sn):
        return limit, limit * spread, None
    reason = underived(sn, problem.student) or ("sizes as large as these" if squares is None else "")
    if reason:
        return limit, limit * spread, WEAK_LIMIT.format(reason)
    top = gradient_top(sn, problem.teacher, residual_squares=squares)
    return top.value, top.value * spread if top.is_outlier else math.nan, None


def _distances(problem: Problem, flag: str | None) -> list[Quantity]:
    sn = problem.sn
    operator, _ = gradient_norms(sn)
    sharp, sharp_flag = math.nan, flag_of(flag, TOO_LARGE)
    if operator == 0.0:
        sharp_flag = flag_of(flag, NO_SIGNAL)
    elif problem.residual_squares is not None:
        edge = rank_one_error(sn, problem.teacher, residual_squares=problem.residual_squares)
        # The bare edge: mid-quantiles of a^2 and r^2 lose in their tails what the finite-size shift would take.
        # A weak signal comes with a noise that has no such tails; without a signal it is all there is.
        level = edge.expected if is_weak(sn) else edge.value
        sharp = level * operator / _gradient_operator(problem)[0]
        few = FEW_FOR_DISTANCE if sn.n < sn.d else None
        heavy = second_value_flag(sn, few=False)
        sharp_flag = flag_of(flag, problem.leading_flag, *edge.flags, few, heavy)
    weak = WEAK_DISTANCE if is_weak(sn) else None
    label_flag = flag_of(LABEL_MEAN_FIELD if sn.parametrisation == "mean-field" else None, weak)
    leading = residual_matrix_error(sn) if operator > 0.0 else math.nan
    distance = frobenius_distance(sn, problem.student, problem.teacher)
    name = "rank_one_distance_residual"
    return [
        quantity(problem, name, sharp, flag=sharp_flag),
        quantity(problem, f"{name}_leading", leading, flag=flag_of(flag, LEADING_DISTANCE, weak)),
        quantity(problem, "rank_one_distance_label", label_matrix_error(sn), flag=flag_of(flag, label_flag)),
        quantity(
            problem,
            "rank_one_frobenius_distance_residual",
            distance.mean,
            sd=distance.sd,
            flag=flag_of(flag, distance.flag),
        ),
    ]


def update_quantities(problem: Problem) -> list[Quantity]:
    """Norms of D_0, its second singular value, and the rank of the sign update."""
    return _sign_quantities(problem) + _norms(problem) + _noise(problem) + _rank(problem)


def _sign_quantities(problem: Problem) -> list[Quantity]:
    sn = problem.sn
    if not problem.is_adam:
        return []
    spread = sign_norm_spread(sn)
    rms = 2.0 * entry_scale(sn) * math.sqrt(bulk_signal(sn) + sn.nu**2)
    effective = problem.eps if problem.adam == "corrected" else problem.eps / math.sqrt(1.0 - 0.999)
    leading = flag_of(*sn.flags, problem.leading_flag)
    flag = flag_of(*sn.flags, problem.sizes_flag)
    refined_flag = flag_of(flag, WEAK if is_weak(sn) else None)
    ratio = effective / rms if rms > 0.0 else math.nan
    return [
        quantity(problem, "sign_norm_ratio", float(sign_norm_ratio(sn.kappa)), sd=spread, flag=leading),
        quantity(
            problem, "sign_norm_ratio_refined", sign_norm_ratio_refined(sn), sd=spread, flag=refined_flag
        ),
        quantity(problem, "eps_relative", ratio, flag=flag),
    ]


def _norms(problem: Problem) -> list[Quantity]:
    sn = problem.sn
    root = math.sqrt(sn.N * sn.d)
    flag = flag_of(*sn.flags, problem.sizes_flag)
    operator_flag = flag
    if problem.is_adam:
        norms = adam_norms(sn, problem.eps, adam=problem.adam)
        frobenius, operator = norms.frobenius, norms.operator
        if norms.interpolated > LARGEST_INTERPOLATED:
            operator_flag = flag_of(flag, INTERPOLATED.format(norms.interpolated))
        operator_sd, frobenius_sd = _adam_spreads(problem, operator)
        if is_weak(sn):
            operator, operator_sd, reason = _weak_operator(problem, operator_sd)
            operator_flag = flag_of(flag, reason)
        frobenius_flag = flag if problem.eps > 0.0 else None
    else:
        operator, operator_sd, reason = _gradient_operator(problem)
        operator, operator_sd, frobenius = operator / root, operator_sd / root, gradient_norms(sn)[1] / root
        frobenius_sd, frobenius_flag = frobenius * gradient_norm_spreads(sn)[1], flag
        operator_flag = flag_of(flag, reason)
    return [
        quantity(problem, "operator_norm_ratio", operator, sd=operator_sd, flag=operator_flag),
        quantity(problem, "frobenius_norm_ratio", frobenius, sd=frobenius_sd, flag=frobenius_flag),
        quantity(problem, "operator_norm", operator * root, sd=operator_sd * root, flag=operator_flag),
        quantity(problem, "frobenius_norm", frobenius * root, sd=frobenius_sd * root, flag=frobenius_flag),
    ]


def _weak_operator(problem: Problem, spread: float) -> tuple[float, float, str | None]:
    """||D_0||_2/sqrt(N d) where the noise's edge sets it or shares in it, its deviation, and why it is missing."""
    reason = underived(problem.sn, problem.student, eps=problem.eps)
    if reason:
        return math.nan, math.nan, f"weak signal: not derived for {reason}"
    top = sign_top(problem.sn, problem.teacher)
    return problem.length * top.value, spread if top.is_outlier else math.nan, None


def _adam_spreads(problem: Problem, operator: float) -> tuple[float, float]:
    """Of ||D_0||_2 and ||D_0||_F over sqrt(N d); the former is that of the sign, while eps changes little."""
    sn = problem.sn
    operator_sd = problem.length * sign_norm_spread(sn)
    if problem.eps == 0.0:
        return operator_sd, 0.0
    near = operator >= EPS_SPREAD * problem.length * sign_norm_ratio_refined(sn)
    return operator_sd if near else math.nan, adam_frobenius_spread(sn, problem.eps, adam=problem.adam)


def _noise(problem: Problem) -> list[Quantity]:
    """Edge and second singular value of D_0. Their scatter is not known: the largest r_k^2 move the edge."""
    sn, squares = problem.sn, problem.residual_squares
    names = ("update_noise_edge", "update_second_singular_value")
    if squares is None:
        return [quantity(problem, name, math.nan, flag=TOO_LARGE) for name in names]
    if problem.is_adam:
        edge = second_singular_value(sn, problem.teacher, residual_squares=squares)
        limit = edge.value * problem.length
        second = sign_second_value(sn, problem.teacher, residual_squares=squares) * problem.length
        flag = flag_of(*sn.flags, problem.step_flag, *edge.flags)
    elif sn.student.mu_1 == 0.0:
        return [quantity(problem, name, math.nan, flag=NO_SIGNAL) for name in names]
    else:
        edge = rank_one_error(sn, problem.teacher, residual_squares=squares)
        limit = edge.value * gradient_norms(sn)[0]
        second = gradient_second_value(sn, problem.teacher, residual_squares=squares)
        flag = flag_of(*sn.flags, problem.leading_flag, *edge.flags)
    return [
        quantity(problem, names[0], limit, flag=flag),
        quantity(problem, names[1], second, flag=flag_of(flag, second_value_flag(sn))),
    ]


def _rank(problem: Problem) -> list[Quantity]:
    if not problem.is_adam:
        return []
    sn = problem.sn
    found, share = nullity_of(sn), unflipped_share_refined(sn, problem.student)
    refined = nullity(sn.kappa, N=sn.N, d=sn.d, share=share)
    base = flag_of(*sn.flags, problem.step_flag)
    apart = 1.0 - share / found.unflipped_share if found.unflipped_share > 0.0 else 0.0
    flag = flag_of(base, NULLITY_LIMIT.format(share) if abs(apart) > FAR_FROM_LIMIT else None)
    rough = FIRST_ORDER.format(apart) if abs(apart) > 3.0 * FAR_FROM_LIMIT else None
    refined_flag = flag_of(*sn.flags, problem.sizes_flag, EPS if problem.eps > 0.0 else None, rough)
    mode = flag_of(flag, *found.flags, None if found.staying > 0.0 else "sign(G_0) has full rank: one mode")
    measured = flag_of(mode, MEASURED_SLOPE)
    columns = min(sn.N, sn.d)
    # Where the rows bound the rank it does not scatter with the lost columns.
    sd, refined_sd = (math.nan if each.rank >= sn.N else each.lost_sd for each in (found, refined))
    rows = (
        ("unflipped_share", found.unflipped_share, found.lost_sd / sn.d, flag),
        ("unflipped_share_refined", share, refined.lost_sd / sn.d, refined_flag),
        ("update_rank", found.rank, sd, flag),
        ("update_nullity", columns - found.rank, sd, flag),
        ("update_nullity_refined", columns - refined.rank, refined_sd, refined_flag),
        ("lower_mode_count", found.staying, math.nan, flag_of(flag, *found.flags)),
        ("lower_mode_low", found.lower_mode[0], math.nan, mode),
        ("lower_mode_high", found.lower_mode[1], math.nan, mode),
        ("mode_separation_eta", found.separation / problem.length, math.nan, measured),
    )
    return [quantity(problem, name, value, sd=spread, flag=each) for name, value, spread, each in rows]
