"""Conditions at the ends of the elements of one slab: what is free, and a start that fits.

A condition in time is imposed at the Radau nodes of the slab, its end among them; with two
time derivatives at one node less and for its rate at the end, so that the next slab starts
with both right. Constant data are met exactly.
"""

from dataclasses import dataclass

import numpy

from perturbsci.surrogates.quadrature import radau
from perturbsci.surrogates.residual import Slab
from perturbsci.surrogates.setting import Setting
from perturbsci.surrogates.wall_tables import Wall
from perturbsci.types import Array

__all__ = ["Ends", "ends_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Maps from free increments to those of the ends, and the corrections of a start.

    Parameters
    ----------
    maps : list of array, shape (m, n_free)
        One an end of the mesh, n + 1 of them.
    low, high : array, shape (m,)
        Smallest change of the first and last end that satisfies the walls, from the
        constant extension of the start data.
    joints : dict of int to array, shape (m,)
        The same for the left end of the element right of a joint.
    """

    maps: list[Array]
    low: Array
    high: Array
    joints: dict[int, Array]


def ends_of(
    setting: Setting, slab: Slab, unknowns: tuple[Array, ...] | None = None
) -> Ends:
    """Return what conditions leave free on one slab.

    Parameters
    ----------
    setting : Setting
        With walls and joints.
    slab : Slab
        Its start data are extended as constants.
    unknowns : tuple of array, shape (n, p + 1, p_t), optional
        That are to be corrected, on top of the start data.

    Returns
    -------
    ends : Ends
        Identity maps at ends without conditions.
    """
    n, m = len(slab.widths), sum(setting.sizes)
    maps = [numpy.eye(m) for _ in range(n + 1)]
    shifts = []
    for end in range(2):
        matrix, side = _wall_rows(setting, slab, end, unknowns)
        shifts.append(
            numpy.linalg.lstsq(matrix, side)[0] if len(matrix) else numpy.zeros(m)
        )
        if len(matrix):
            basis = numpy.linalg.qr(matrix.T, mode="complete")[0]
            maps[n * end] = basis[:, len(matrix) :]
    found = {}
    for place in sorted({joint.place for joint in setting.joints}):
        k = int(numpy.argmin(numpy.abs(slab.edges - place)))
        maps[k], found[k] = _joint_map(setting, slab, k, place, unknowns)
    return Ends(maps, shifts[0], shifts[1], found)


def _nodes(setting: Setting, slab: Slab, count: int) -> tuple[Array, Array]:
    """Return nodes on (-1, 1] and their physical times."""
    nodes = numpy.ones(1) if setting.steady else radau(count)
    return nodes, setting.t(slab.time + slab.step * ((nodes + 1.0) / 2.0))


def _known(
    setting: Setting,
    slab: Slab,
    field: int,
    place: tuple[int, int],
    nodes: Array,
    unknowns: tuple[Array, ...] | None,
    order: int = 0,
) -> Array:
    """Return what is known at the nodes: derivatives in X at an end, (n_nodes, M).

    ``place`` is element and end; ``order`` that of the derivative in tau.
    """
    shapes, (element, end) = setting.space[field], place
    first = shapes.bubbles + shapes.smoothness * end
    own = slice(first, first + shapes.smoothness)
    scale = (2.0 / slab.widths[element]) ** numpy.arange(shapes.smoothness)
    data = slab.start[field][element, :, own] * scale
    found = numpy.zeros((len(nodes), shapes.smoothness))
    if len(data) and order == 0:
        found += data[0]
    if len(data) == 2:
        half = slab.step / 2.0
        found += (
            data[1] * (half * (nodes + 1.0) if order == 0 else half + 0.0 * nodes)[:, None]
        )
    if unknowns is not None:
        table = setting.time[field].table(nodes, order)
        found += table @ unknowns[field][element, own].T
    return found


def _wall_rows(
    setting: Setting, slab: Slab, end: int, unknowns: tuple[Array, ...] | None
) -> tuple[Array, Array]:
    """Return the linear conditions on the unknowns of one end."""
    walls = [item for item in setting.walls if item.end == end]
    pairs = [_condition(setting, slab, item, unknowns) for item in walls]
    if not pairs:
        return numpy.zeros((0, sum(setting.sizes))), numpy.zeros(0)
    matrices, sides = zip(*pairs, strict=True)
    return numpy.concatenate(matrices), numpy.concatenate(sides)


def _condition(
    setting: Setting, slab: Slab, wall: Wall, unknowns: tuple[Array, ...] | None
) -> tuple[Array, Array]:
    """Return rows of one wall condition, and by how much what is known misses it.

    Rows are scaled to coefficients of size one in X and tau.
    """
    field, count = wall.field, setting.count
    shapes = setting.time[field]
    with_rate = shapes.order == 2 and count > 1
    nodes, times = _nodes(setting, slab, count - with_rate)
    alpha, side, alpha_rate, side_rate = wall.rows(times)
    units = (2.0 / setting.width) ** numpy.arange(wall.width)
    alpha, alpha_rate = alpha * units, alpha_rate * units
    size = numpy.abs(alpha).max(axis=1, keepdims=True)
    place = (-1 if wall.end else 0), wall.end
    values = _known(setting, slab, field, place, nodes, unknowns)[:, : wall.width]
    rows = (alpha / size)[:, :, None] * shapes.table(nodes, 0)[:, None, :]
    missed = (side - (alpha * values).sum(axis=1)) / size[:, 0]
    if with_rate:
        last, half = nodes[-1:], slab.step / 2.0 * setting.length
        rates = _known(setting, slab, field, place, last, unknowns, 1)[0, : wall.width]
        row = alpha[-1, :, None] * shapes.table(last, 1)
        row = row + half * alpha_rate[-1, :, None] * shapes.table(last, 0)
        rest = half * (side_rate[-1] - alpha_rate[-1] @ values[-1]) - alpha[-1] @ rates
        rows = numpy.concatenate([rows, row[None] / size[-1]])
        missed = numpy.append(missed, rest / size[-1])
    matrix = numpy.zeros((count, sum(setting.sizes)))
    offset = sum(setting.sizes[:field])
    matrix[:, offset : offset + wall.width * count] = rows.reshape(count, -1)
    return matrix, missed


def _joint_map(
    setting: Setting,
    slab: Slab,
    k: int,
    place: float,
    unknowns: tuple[Array, ...] | None,
) -> tuple[Array, Array]:
    """Return D and s: left end of element k = D (right end of element k - 1) + s."""
    m, count = sum(setting.sizes), setting.count
    matrix, shift = numpy.eye(m), numpy.zeros(m)
    nodes, times = _nodes(setting, slab, count)
    for joint in setting.joints:
        if joint.place != place:
            continue
        offset = sum(setting.sizes[: joint.field])
        table = numpy.linalg.inv(setting.time[joint.field].table(nodes, 0))
        found = numpy.broadcast_to(joint.table(times[:, None]), (len(nodes), 4))
        before = _known(setting, slab, joint.field, (k - 1, 1), nodes, unknowns)
        after = _known(setting, slab, joint.field, (k, 0), nodes, unknowns)
        here = slice(offset, offset + count)
        shift[here] = table @ (found[:, 2] + before[:, 0] - after[:, 0])
        if setting.space[joint.field].smoothness > 1:
            slope = slice(offset + count, offset + 2 * count)
            ratio = found[:, 0] / found[:, 1]
            own = setting.time[joint.field].table(nodes, 0)
            matrix[slope, slope] = table @ (ratio[:, None] * own)
            flux = found[:, 3] / found[:, 1] * (setting.width / 2.0)
            shift[slope] = table @ (flux + ratio * before[:, 1] - after[:, 1])
    return matrix, shift
