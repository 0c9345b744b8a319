"""One problem in the forms that `sim` and `theory` need: what is drawn, what update is taken, what is predicted."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from verify.errors import UsageError
from verify.problem.cells import Cell
from verify.problem.functions import FunctionPair, resolve_function

if TYPE_CHECKING:
    from sim.setting import Setting
    from theory.gradient.decomposition import SignalNoise
    from theory.moments.moments import StudentMoments, TeacherMoments

__all__ = ["Direction", "Parametrisation", "Precision", "Problem", "make_problem"]

Parametrisation = Literal["ntk", "mean-field"]
Direction = Literal["sphere", "axis"]
Precision = Literal["float32", "float64"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything but sizes and seed of a run of one-step cells."""

    student: FunctionPair
    teacher: FunctionPair
    teacher_direction: Direction = "sphere"
    parametrisation: Parametrisation = "ntk"
    noise: float = 0.3

    def setting(self, cell: Cell) -> "Setting":
        """The simulator's form."""
        from sim.setting import Setting

        return Setting(
            n=cell.n,
            N=cell.N,
            d=cell.d,
            noise=self.noise,
            parametrisation=self.parametrisation,
            student=self.student.sim,
            teacher=self.teacher.sim,
            teacher_direction=self.teacher_direction,
        )

    def signal_noise(self, cell: Cell, observed: Mapping[str, float] | None = None) -> "SignalNoise":
        """The theory's form; conditioned on the measured `readout_sum` where the student's mean is not zero."""
        from theory.gradient.decomposition import signal_noise

        student, teacher = _student_moments(self.student), _teacher_moments(self.teacher)
        offset = 0.0 if student.s0 == 0.0 or observed is None else observed["readout_sum"]
        return signal_noise(
            n=cell.n,
            N=cell.N,
            d=cell.d,
            student=student,
            teacher=teacher,
            noise=self.noise,
            parametrisation=self.parametrisation,
            teacher_direction=self.teacher_direction,
            offset=offset,
        )

    @property
    def flags(self) -> tuple[str, ...]:
        """`outside the paper's assumptions: ...` where a function breaks B.2 or B.3."""
        flag = _assumption_flag(self.student, self.teacher)
        return () if flag is None else (flag,)

    def key(self) -> dict[str, Any]:
        """The columns of records.csv that this problem fixes."""
        return {
            "parametrisation": self.parametrisation,
            "student": self.student.name,
            "teacher": self.teacher.name,
            "teacher_direction": self.teacher_direction,
            "noise": self.noise,
        }

    def fingerprints(self) -> dict[str, str]:
        """What the two functions do, whatever they are called: a name alone would not notice an edited module."""
        return {"student": _fingerprint(self.student), "teacher": _fingerprint(self.teacher)}


def make_problem(
    *,
    student: str | FunctionPair = "tanh",
    teacher: str | FunctionPair = "softplus",
    teacher_direction: Direction = "sphere",
    parametrisation: Parametrisation = "ntk",
    noise: float = 0.3,
) -> Problem:
    """The problem that a user's names describe.

    Raises
    ------
    UsageError
        One line naming the option: an unknown name, a formula that does not parse, moments that do not exist.
    """
    from theory.numerics.quadrature import MomentError

    problem = Problem(
        student=resolve_function(student, "--student"),
        teacher=resolve_function(teacher, "--teacher"),
        teacher_direction=teacher_direction,
        parametrisation=parametrisation,
        noise=noise,
    )
    for option, function, moments in (
        ("--student", problem.student, _student_moments),
        ("--teacher", problem.teacher, _teacher_moments),
    ):
        try:
            moments(function)
        except MomentError as error:
            raise UsageError(f"{option}: {error}") from None
        except OverflowError:
            raise UsageError(
                f"{option}: must have moments within floating point; got {function.name[:100]!r}"
            ) from None
    found = _student_moments(problem.student)
    if found.mu_1 == 0.0 and found.var_prime == 0.0:
        raise UsageError(
            f"--student: must not be constant, or its gradient is 0 throughout; got {problem.student.name[:100]!r}"
        )
    return problem


@lru_cache(maxsize=64)
def _student_moments(student: FunctionPair) -> "StudentMoments":
    from theory.moments.moments import student_moments

    return student_moments(student.theory)


@lru_cache(maxsize=64)
def _teacher_moments(teacher: FunctionPair) -> "TeacherMoments":
    from theory.moments.moments import teacher_moments

    return teacher_moments(teacher.theory)


@lru_cache(maxsize=64)
def _fingerprint(function: FunctionPair) -> str:
    return function.sim.fingerprint()


@lru_cache(maxsize=64)
def _assumption_flag(student: FunctionPair, teacher: FunctionPair) -> str | None:
    from theory.assumptions.report import assumption_flag

    return assumption_flag(student.theory, teacher.theory)
