"""The linear programme over some of the rounds (GLOP), and the same in whole numbers (SCIP), by OR-Tools' MathOpt."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt

from matching.engine.sides.prices import Pricing
from matching.engine.sides.rows import Floats

WHOLE = 1e-6


@dataclass(slots=True)
class Outcome:
    """`chosen`: how much of each round is taken. `prices` of the rows, where the programme was linear."""

    chosen: Floats
    value: float
    bound: float
    prices: Floats | None = None

    @property
    def whole(self) -> bool:
        """Whether no round is taken in part."""
        return bool(np.all(np.minimum(self.chosen, 1 - self.chosen) < WHOLE))


def linear(pricing: Pricing, rounds: NDArray[np.intp], seconds: float) -> Outcome | None:
    """The best mixture of these rounds; None when time runs out."""
    model, used = _model(pricing, rounds, integer=False)
    result = _solve(model, mathopt.SolverType.GLOP, seconds)
    if result is None or result.termination.reason != mathopt.TerminationReason.OPTIMAL:
        return None
    duals = result.dual_values()
    prices = np.zeros(len(pricing.rows.limit) + len(pricing.rounds.first))
    prices[used] = [duals[row] for row in model.linear_constraints()]
    chosen = _chosen(result, model, len(rounds))
    return Outcome(chosen, result.objective_value(), result.objective_value(), prices[: len(pricing.rows.limit)])


def whole(
    pricing: Pricing, rounds: NDArray[np.intp], seconds: float, *,
    start: NDArray[np.bool_] | None = None, fixed: NDArray[np.bool_] | None = None,
) -> Outcome | None:  # fmt: skip
    """The best choice of these rounds that is found in time, from `start` on, those of `fixed` in it; None when there
    is none."""
    model, _ = _model(pricing, rounds, integer=True, fixed=fixed)
    hints = []
    if start is not None:
        variables = list(model.variables())[: len(rounds)]
        hints = [mathopt.SolutionHint(variable_values=dict(zip(variables, start.astype(float).tolist(), strict=True)))]
    result = _solve(model, mathopt.SolverType.GSCIP, seconds, hints)
    if result is None or not result.has_primal_feasible_solution():
        return None
    bound = result.termination.objective_bounds.dual_bound
    return Outcome(_chosen(result, model, len(rounds)), result.objective_value(), bound)


def _solve(
    model: mathopt.Model, solver: mathopt.SolverType, seconds: float, hints: list[mathopt.SolutionHint] | None = None
) -> mathopt.SolveResult | None:
    if seconds <= 0:
        return None
    limits = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds))
    if solver is mathopt.SolverType.GLOP:
        limits.lp_algorithm = mathopt.LPAlgorithm.DUAL_SIMPLEX  # a fifth faster than its own choice
    else:
        limits.threads, limits.random_seed, limits.relative_gap_tolerance = 1, 1, 0.0
    return mathopt.solve(
        model, solver, params=limits, model_params=mathopt.ModelSolveParameters(solution_hints=hints or [])
    )


def _chosen(result: mathopt.SolveResult, model: mathopt.Model, rounds: int) -> Floats:
    values = result.variable_values()
    return np.array([values[one] for one, _ in zip(model.variables(), range(rounds), strict=False)], np.float64)


def _model(
    pricing: Pricing, rounds: NDArray[np.intp], *, integer: bool, fixed: NDArray[np.bool_] | None = None
) -> tuple[mathopt.Model, NDArray[np.intp]]:
    """Written as a protocol buffer: adding rows one by one in Python would take longer than solving. Also says which
    rows are in it: those of the part, then one a group."""
    rows, part = pricing.rows, pricing.part
    count, switches, forms = len(rounds), len(rows.switches), len(rows.limit)
    pairs = pricing.rounds.pairs[rounds]
    real = pairs < part.size
    column = np.repeat(np.arange(count), real.sum(axis=1))
    pair = pairs[real]
    entries = rows.begin[pair + 1] - rows.begin[pair]
    entry = np.repeat(rows.begin[pair] - np.cumsum(entries) + entries, entries) + np.arange(entries.sum())
    group = pricing.rounds.group[rounds]
    row = np.concatenate([rows.row[entry], rows.switch_row, forms + group])
    at = np.concatenate([np.repeat(column, entries), count + rows.switch, np.arange(count)])
    factor = np.concatenate([rows.factor[entry], rows.switch_factor, np.ones(count)])
    cell, numbered = np.unique(row * (count + switches) + at, return_inverse=True)
    factor = np.bincount(numbered, factor)
    used = np.unique(row)
    upper = np.concatenate([rows.limit, np.ones(len(pricing.rounds.first))])[used]
    lower = np.where(np.concatenate([np.zeros(forms, np.bool_), pricing.rounds.forced])[used], 1.0, -np.inf)
    least = np.zeros(count) if fixed is None else fixed.astype(np.float64)

    made = model_pb2.ModelProto()
    made.variables.ids.extend(range(count + switches))
    made.variables.lower_bounds.extend([*least.tolist(), *rows.forced.astype(float).tolist()])
    made.variables.upper_bounds.extend([1.0 if integer else np.inf] * count + [1.0] * switches)
    made.variables.integers.extend([integer] * (count + switches))
    made.objective.maximize = True
    made.objective.linear_coefficients.ids.extend(range(count))
    values = np.append(part.value, 0)[pairs].sum(axis=1)
    made.objective.linear_coefficients.values.extend(values.astype(float).tolist())
    made.linear_constraints.ids.extend(used.tolist())
    made.linear_constraints.lower_bounds.extend(lower.tolist())
    made.linear_constraints.upper_bounds.extend(upper.tolist())
    matrix = made.linear_constraint_matrix
    matrix.row_ids.extend((cell // (count + switches)).tolist())
    matrix.column_ids.extend((cell % (count + switches)).tolist())
    matrix.coefficients.extend(factor.tolist())
    return mathopt.Model.from_model_proto(made), used
