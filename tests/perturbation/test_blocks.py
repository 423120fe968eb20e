"""Block diagonalization against exact identities, projectors, and the numbers of a peer."""

import numpy as np
import pytest

from perturbsci import io
from perturbsci.errors import ParameterError, ShapeError
from perturbsci.perturbation import block_diagonalize, blocks
from perturbsci.verification import load_reference

LABELS = np.array([0, 0, 1, 1, 2, 2, 2, 3, 3])
ENERGIES = np.array([0.0, 0.3, 2.0, 2.2, 4.1, 4.4, 4.7, 8.0, 8.5])


def coupling(seed, n=9, *, hermitian=True):
    rng = np.random.default_rng(seed)
    a = (rng.standard_normal((n, n)) + 1j * rng.standard_normal((n, n))) / n
    return a + a.conj().T if hermitian else a


def with_blocks(n_blocks):
    """Return H_0, H_1, H_2 and labels of 2 to 4 blocks in mixed order."""
    order = np.random.default_rng(n_blocks).permutation(9)
    return np.diag(ENERGIES[order]), np.minimum(LABELS, n_blocks - 1)[order]


@pytest.mark.parametrize("n_blocks", [2, 3, 4])
@pytest.mark.parametrize("gauge", ["canonical", "bloch"])
def test_off_diagonal_blocks_vanish_and_the_inverse_is_one(gauge, n_blocks):
    levels, labels = with_blocks(n_blocks)
    matrices = (levels, coupling(1), coupling(2))
    found = block_diagonalize(matrices, labels, order=6, gauge=gauge)
    t, back = found.transformation.coefficients, found.inverse.coefficients
    h = np.zeros_like(t)
    h[:3] = matrices
    for k in range(7):
        rotated = sum(
            back[i] @ h[j] @ t[k - i - j] for i in range(k + 1) for j in range(k - i + 1)
        )
        size = sum(np.linalg.norm(t[j]) for j in range(k + 1)) * 10
        assert np.abs(rotated[labels[:, None] != labels]).max() <= 1e-14 * size**2
        for b, block in enumerate(found.effective):
            inner = rotated[np.ix_(labels == b, labels == b)]
            assert inner == pytest.approx(block.coefficients[k], rel=0, abs=1e-14 * size**2)
        one = sum(back[j] @ t[k - j] for j in range(k + 1))
        assert one == pytest.approx((k == 0) * np.eye(9), rel=0, abs=1e-14 * size**2)
    if gauge == "canonical":
        assert (back == t.conj().transpose(0, 2, 1)).all()
    assert found.certificate.passed
    assert len(found.certificates) == 2
    assert found.certificate.kind == "estimate"


@pytest.mark.parametrize("epsilon", [0.02, 0.01, 0.005])
def test_the_canonical_gauge_is_the_polar_factor_of_projectors(epsilon):
    levels, labels = with_blocks(3)
    matrices = (levels, coupling(3))
    order = 6
    found = block_diagonalize(matrices, labels, order=order)
    _, vectors = np.linalg.eigh(levels + epsilon * matrices[1])
    ranked = labels[np.argsort(np.diag(levels))]  # levels do not cross
    omega = 0
    for label in range(3):
        inside = vectors[:, ranked == label]
        omega = omega + inside @ inside.conj().T @ np.diag(1.0 * (labels == label))
    u, _, vh = np.linalg.svd(omega)
    error = np.abs(found.transformation.evaluate(epsilon) - u @ vh).max()
    assert error <= max(epsilon ** (order + 1), 2e-15)


@pytest.mark.parametrize("name", ["real", "complex"])
def test_the_first_block_is_that_of_the_peer(name):
    i, j = np.indices((5, 5))
    hilbert = 1.0 / (i + j + 1)
    levels = np.diag([0.0, 0.3, 2.0, 2.75, 3.5])
    matrices = (levels, hilbert)
    reference = load_reference("perturbation.peer_real")
    if name == "complex":
        matrices = (levels, hilbert + 1j * (i - j) / (i + j + 1), 0.5 * hilbert)
        reference = load_reference("perturbation.peer_complex")
    pairs = np.array(reference.value)
    found = block_diagonalize(
        matrices, [0, 0, 1, 1, 1], order=reference.parameters["order"]
    )
    error = np.abs(found.effective[0].coefficients - pairs[..., 0] - 1j * pairs[..., 1])
    assert error.max() <= reference.tolerance


@pytest.mark.parametrize("kind", ["hermitian", "general", "jordan"])
def test_dense_blocks_of_the_first_matrix(kind):
    levels, labels = with_blocks(3)
    same = labels[:, None] == labels
    inner = coupling(5, hermitian=kind == "hermitian") * same * 0.5
    if kind == "jordan":
        inner = np.triu(np.ones((9, 9)), 1) * same
        levels = np.diag(labels * 3.0)
    matrices = (levels + inner, coupling(6, hermitian=kind == "hermitian"))
    gauge = "canonical" if kind == "hermitian" else "bloch"
    found = block_diagonalize(matrices, labels, order=5, gauge=gauge)
    assert found.certificate.passed
    assert found.effective[1].coefficients[0] == pytest.approx(
        matrices[0][np.ix_(labels == 1, labels == 1)], abs=1e-14
    )
    t = found.transformation.evaluate(1e-3)
    rotated = np.linalg.inv(t) @ (matrices[0] + 1e-3 * matrices[1]) @ t
    assert np.abs(rotated[~same]).max() <= 1e-12


def test_gauges_share_eigenvalues_and_bloch_is_not_hermitian():
    levels, labels = with_blocks(2)
    both = [
        block_diagonalize((levels, coupling(7)), labels, order=7, gauge=gauge).effective[0]
        for gauge in ("canonical", "bloch")
    ]
    values = [np.sort(np.linalg.eigvals(block.evaluate(1e-2)).real) for block in both]
    assert values[0] == pytest.approx(values[1], rel=0, abs=1e-14)
    canonical, bloch = (block.coefficients for block in both)
    assert (canonical == canonical.conj().transpose(0, 2, 1)).all()
    assert np.abs(bloch[3] - bloch[3].conj().T).max() > 1e-3
    # Through second order beyond H_1 they differ by the mean of two Bloch forms.
    mean = (bloch[2] + bloch[2].conj().T) / 2
    assert canonical[2] == pytest.approx(mean, abs=1e-15)


def test_asking_for_one_block_builds_no_other(monkeypatch):
    built = []
    original = blocks.bloch

    def counted(terms, subspace, order, *, last):
        built.append((subspace.right.shape[1], last))
        return original(terms, subspace, order, last=last)

    monkeypatch.setattr(blocks, "bloch", counted)
    levels, labels = with_blocks(3)
    found = block_diagonalize((levels, coupling(8)), labels)
    assert built == []
    first = found.effective[0]
    assert built == [(2, False)]
    assert found.effective[0] is first
    assert len(found.effective) == 3
    assert [block.coefficients.shape[1] for block in found.effective[1:]] == [2, 5]


def test_labels_are_ranked_and_one_block_changes_nothing():
    a, e = np.diag([0.0, 1.0]), coupling(9, 2)
    found = block_diagonalize((a, e), [7, -3])
    assert [block.coefficients[0, 0, 0] for block in found.effective] == [1.0, 0.0]
    alone = block_diagonalize((a, e), [4, 4], order=2)
    assert alone.gap == np.inf
    assert (alone.effective[0].coefficients == np.stack([a, e, 0 * a])).all()
    assert block_diagonalize((np.eye(1),), [0], order=0).effective[0].coefficients[0] == 1


def test_a_zero_perturbation_leaves_zeros_exactly():
    levels, labels = with_blocks(2)
    found = block_diagonalize((levels, np.zeros((9, 9))), labels, order=3)
    assert (found.transformation.coefficients[1:] == 0).all()
    assert (found.effective[1].coefficients[1:] == 0).all()


def test_archives_keep_the_result(tmp_path):
    levels, labels = with_blocks(2)
    found = block_diagonalize((levels, coupling(1)), labels)
    io.save(found, tmp_path / "blocks.npz")
    back = io.load(tmp_path / "blocks.npz")
    assert back.summary() == found.summary()
    assert (back.effective[1].coefficients == found.effective[1].coefficients).all()


@pytest.mark.parametrize(
    ("matrices", "labels", "options", "error", "message"),
    [
        (np.eye(2), [0, 1], {}, ParameterError, "matrices is a ndarray; pass a tuple"),
        ((np.eye(2),), [0], {}, ShapeError, r"blocks has 1 labels for .*\(2, 2\)"),
        ((np.eye(2), np.eye(3)), [0, 1], {}, ShapeError, r"matrices\[1:\]\[0\] has shape"),
        ((np.eye(2),), [0, 0.5], {}, ParameterError, "pass integer labels"),
        (
            (np.eye(2),),
            [0, 1],
            {},
            ParameterError,
            "energies 1 of block 0 and 1 of block 1",
        ),
        ((np.eye(2),), [0, 1], {"order": -1}, ParameterError, "order is -1"),
        (
            (np.eye(2),),
            [0, 1],
            {"gauge": "x"},
            ParameterError,
            "one of 'canonical', 'bloch'",
        ),
        (([[0, 1], [1, 3]],), [0, 1], {}, ParameterError, "entry 1 between two blocks"),
        (
            (np.diag([0.0, 1.0]), np.array([[0.0, 1.0], [0.0, 0.0]])),
            [0, 1],
            {},
            ParameterError,
            r"matrices\[1\] is not Hermitian .*gauge='bloch'",
        ),
    ],
)
def test_errors(matrices, labels, options, error, message):
    with pytest.raises(error, match=message):
        block_diagonalize(matrices, labels, **options)
