"""Conditions at the ends of the elements of one slab: what is free, and a start that fits.

A condition in time is imposed at the Radau nodes of the slab, its end among them; constant
data are met exactly.
"""

from dataclasses import dataclass

import numpy

from perturbsci.surrogates.elements import radau
from perturbsci.surrogates.residual import Slab
from perturbsci.surrogates.setting import Setting, Wall
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


def ends_of(setting: Setting, slab: Slab) -> Ends:
    """Return what conditions leave free on one slab.

    Parameters
    ----------
    setting : Setting
        With walls and joints.
    slab : Slab
        Its start data are extended as constants.

    Returns
    -------
    ends : Ends
        Identity maps at ends without conditions.
    """
    n, m = len(slab.widths), sum(setting.sizes)
    maps = [numpy.eye(m) for _ in range(n + 1)]
    shifts = []
    for end in range(2):
        matrix, side = _wall_rows(setting, slab, end)
        shifts.append(numpy.linalg.lstsq(matrix, side)[0] if len(matrix) else numpy.zeros(m))
        if len(matrix):
            basis = numpy.linalg.qr(matrix.T, mode="complete")[0]
            maps[n * end] = basis[:, len(matrix) :]
    found = {}
    for place in sorted({joint.place for joint in setting.joints}):
        k = int(numpy.argmin(numpy.abs(slab.edges - place)))
        maps[k], found[k] = _joint_map(setting, slab, k, place)
    return Ends(maps, shifts[0], shifts[1], found)


def _nodes(setting: Setting, slab: Slab) -> tuple[Array, Array]:
    """Return nodes on (-1, 1] and their physical times."""
    nodes = numpy.ones(1) if setting.steady else radau(setting.count)
    return nodes, setting.t(slab.time + slab.step * ((nodes + 1.0) / 2.0))


def _start(setting: Setting, slab: Slab, field: int, element: int, end: int) -> Array:
    """Return start data at the nodes: derivatives in X at an end, (n_nodes, M)."""
    shapes = setting.space[field]
    nodes, _ = _nodes(setting, slab)
    first = shapes.bubbles + shapes.smoothness * end
    powers = numpy.arange(shapes.smoothness)
    scale = (2.0 / slab.widths[element]) ** powers
    data = slab.start[field][element, :, first : first + shapes.smoothness] * scale
    found = numpy.zeros((len(nodes), shapes.smoothness))
    for order, row in enumerate(data):
        found += row * (((nodes + 1.0) / 2.0 * slab.step) ** order)[:, None]
    return found


def _wall_rows(setting: Setting, slab: Slab, end: int) -> tuple[Array, Array]:
    """Return the linear conditions on the unknowns of one end."""
    walls = [item for item in setting.walls if item.end == end]
    pairs = [_condition(setting, slab, item) for item in walls]
    if not pairs:
        return numpy.zeros((0, sum(setting.sizes))), numpy.zeros(0)
    matrices, sides = zip(*pairs, strict=True)
    return numpy.concatenate(matrices), numpy.concatenate(sides)


def _condition(setting: Setting, slab: Slab, wall: Wall) -> tuple[Array, Array]:
    """Return rows of one wall condition at the nodes, and by how much the start misses.

    Rows are scaled to coefficients of size one in X.
    """
    nodes, times = _nodes(setting, slab)
    alpha, side = wall.rows(times)
    alpha = alpha * (2.0 / setting.width) ** numpy.arange(alpha.shape[1])
    size = numpy.abs(alpha).max(axis=1)
    alpha, side = alpha / size[:, None], side / size
    field, count = wall.field, setting.count
    table = setting.time[field].table(nodes, 0)
    matrix = numpy.zeros((len(nodes), sum(setting.sizes)))
    offset = sum(setting.sizes[:field])
    element = -1 if wall.end else 0
    start = _start(setting, slab, field, element, wall.end)
    for k in range(alpha.shape[1]):
        columns = slice(offset + k * count, offset + (k + 1) * count)
        matrix[:, columns] = alpha[:, k, None] * table
        side = side - alpha[:, k] * start[:, k]
    return matrix, side


def _joint_map(setting: Setting, slab: Slab, k: int, place: float) -> tuple[Array, Array]:
    """Return D and s: left end of element k = D (right end of element k - 1) + s."""
    m, count = sum(setting.sizes), setting.count
    matrix, shift = numpy.eye(m), numpy.zeros(m)
    nodes, times = _nodes(setting, slab)
    for joint in setting.joints:
        if joint.place != place:
            continue
        offset = sum(setting.sizes[: joint.field])
        table = numpy.linalg.inv(setting.time[joint.field].table(nodes, 0))
        found = numpy.broadcast_to(joint.table(times[:, None]), (len(nodes), 4))
        before = _start(setting, slab, joint.field, k - 1, 1)
        after = _start(setting, slab, joint.field, k, 0)
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


