"""A statement as rows at scattered points: equations inside, conditions on the walls.

A row of the equations is dR/d(D^a u), one of a condition the sum of its terms; each is
brought to norm 1 over the features, so that no weight between equations and walls is left
open.
"""

from dataclasses import dataclass

import numpy

from perturbsci.errors import ParameterError
from perturbsci.problems import FieldProblem
from perturbsci.problems.conditions import Data
from perturbsci.problems.linearization import Linearization, linearize
from perturbsci.surrogates.condition_rows import Block, condition_blocks
from perturbsci.surrogates.features import Features, feature_jets
from perturbsci.surrogates.scattered import inside_points
from perturbsci.types import Array

__all__ = ["Collocation", "collocation"]

Index = tuple[int, ...]
Table = dict[Index, Array]  # multi-index to (n, n_features)


@dataclass(frozen=True, slots=True, eq=False)
class Collocation:
    """Points and conditions of a statement.

    Parameters
    ----------
    lin : Linearization
        Of the equations.
    n_fields : int
        Real ones.
    points : array, shape (n, n_coordinates)
        Where the equations are asked.
    conditions : tuple of Block
        Of walls and start.
    """

    lin: Linearization
    n_fields: int
    points: Array
    conditions: tuple[Block, ...]

    def tables(self, basis: Features) -> tuple[Table, list[dict[int, Array]]]:
        """Return the features at all points.

        Parameters
        ----------
        basis : object
            With a table of features.

        Returns
        -------
        inside : dict
            Multi-index to array of shape (n, n_features).
        rows : list of dict of array, shape (n, n_features)
            One dict a condition, one array a real field.
        """
        wanted = {index for _, index in self.lin.slots}
        inside = feature_jets(basis, self.points, sorted(wanted))
        rows = []
        for block in self.conditions:
            table: dict[int, Array] = {}
            for leg in block.legs:
                jets = feature_jets(basis, leg.points, [term[2] for term in leg.terms])
                for coefficient, field, orders in leg.terms:
                    row = coefficient[:, None] * jets[orders]
                    table[field] = table[field] + row if field in table else row
            rows.append(table)
        return inside, rows

    def jets(self, inside: Table, coefficients: Array) -> Array:
        """Return fields and derivatives inside.

        Parameters
        ----------
        inside : dict of array, shape (n, n_features)
            Of ``tables``.
        coefficients : array, shape (n_fields, n_features)
            Of the features.

        Returns
        -------
        jets : array, shape (n, n_slots)
            In the order of the slots.
        """
        columns = [inside[index] @ coefficients[f] for f, index in self.lin.slots]
        return numpy.stack(columns, axis=1)

    def misses(self, rows: list[dict[int, Array]], coefficients: Array) -> Array:
        """Return the residuals of the conditions.

        Parameters
        ----------
        rows : list of dict of array, shape (n, n_features)
            Of ``tables``.
        coefficients : array, shape (n_fields, n_features)
            Of the features.

        Returns
        -------
        misses : array, shape (n_rows,)
            One condition after the other.
        """
        found = [numpy.zeros(0)]
        for table, block in zip(rows, self.conditions, strict=True):
            terms = (row @ coefficients[field] for field, row in table.items())
            found.append(sum(terms, -block.value))
        return numpy.concatenate(found)


def collocation(problem: FieldProblem, count: int, seed: int) -> Collocation:
    """Return the points of a statement.

    Parameters
    ----------
    problem : FieldProblem
        With numbers for its parameters.
    count : int
        Points inside; each wall gets a share that grows like its surface.
    seed : int
        Of the points.

    Returns
    -------
    collocation : Collocation
        Nothing is evaluated but the data of the walls.

    Raises
    ------
    ParameterError
        If a condition is of a kind that has no rows, or a value is not finite.
    """
    if data := [item.field for item in problem.conditions if isinstance(item, Data)]:
        raise ParameterError(
            f"conditions holds a Data on {data[0]}, which features on scattered points do "
            "not take; leave it out"
        )
    lin = linearize(problem)
    d = len(problem.coordinates)
    share = max(16, round(count ** ((d - 1) / d)))
    return Collocation(
        lin,
        (2 if lin.is_complex else 1) * len(problem.fields),
        inside_points(problem, count, seed),
        condition_blocks(problem, lin, share, seed),
    )
