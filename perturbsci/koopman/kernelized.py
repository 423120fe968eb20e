"""EDMD in the space of a kernel, for more functions than snapshots.

K* k_x = k_F(x) holds exactly there (k_x the kernel at x), so that with the leading
eigenpairs U_r, D_r of k(X, X) and B = U_r D_r^(-1/2) the functions k(., X) B are
orthonormal and G = I, A = B* k(X, Y) B, L = B* k(Y, Y) B is the Gram state of the adjoint
K*, without quadrature error (Williams, Rowley, and Kevrekidis 2015; Colbrook 2024).
"""

from perturbsci.backend import namespace
from perturbsci.koopman.galerkin import edmd
from perturbsci.koopman.localized import kernel_dictionary
from perturbsci.koopman.oddities import with_notes
from perturbsci.koopman.profiles import kernel_scale, kernel_values
from perturbsci.koopman.snapshots import Snapshots
from perturbsci.koopman.spectrum import Spectrum
from perturbsci.koopman.states import GramState, block_matrix

__all__ = ["kernel_edmd", "kernel_gram"]


def kernel_edmd(
    snapshots: Snapshots,
    *,
    kernel: str = "gaussian",
    scale: float | None = None,
    degree: int = 20,
    rank: int | None = None,
) -> Spectrum:
    """Approximate the spectrum of the Koopman operator in the space of a kernel.

    Parameters
    ----------
    snapshots : Snapshots
        The pairs; weights are not used.
    kernel : str
        ``"gaussian"`` exp(-r^2/d^2), ``"laplacian"`` exp(-r/d), ``"lorentzian"``
        1/(1 + r^2/d^2), ``"polynomial"`` (1 + x.y/d^2)^degree, ``"linear"`` x.y/d^2.
    scale : float, optional
        d, in the unit of the state; default the mean of abs(x_i - mean x), for the
        polynomial kernel of abs(x_i).
    degree : int
        Of the polynomial kernel.
    rank : int, optional
        Number of functions; default those with an eigenvalue of the kernel matrix above
        1e-10 of the largest.

    Returns
    -------
    spectrum : Spectrum
        With operator "adjoint": ``eigenvalues`` are those of K (conjugates of those of
        K*), ``vectors`` and ``residuals`` belong to K*, and ``koopman_matrix`` is that of
        K*.

    Raises
    ------
    ParameterError
        If an argument is out of range, or the kernel matrix has fewer than ``rank``
        eigenvalues above rounding.

    Notes
    -----
    About 9 n_samples^3 flops. The certificate is an estimate at best: the norm of the
    kernel is strong and hides what leaves the span, so that pure noise has small
    residuals too. ``edmd(other, kernel_dictionary(snapshots, rank=r))`` on a second data
    set tells.

    References
    ----------
    Williams, Rowley, and Kevrekidis (2015); Colbrook (2024).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> spectrum = kernel_edmd(Snapshots(x, x / 2), kernel="polynomial", degree=3)
    >>> sorted(spectrum.eigenvalues.real.round(6).tolist())
    [0.125, 0.25, 0.5, 1.0]
    """
    state = kernel_gram(snapshots, kernel=kernel, scale=scale, degree=degree, rank=rank)
    return with_notes(edmd(state), snapshots)


def kernel_gram(
    snapshots: Snapshots,
    *,
    kernel: str = "gaussian",
    scale: float | None = None,
    degree: int = 20,
    rank: int | None = None,
) -> GramState:
    """Return the Gram state of the adjoint K* in the space of a kernel.

    Parameters
    ----------
    snapshots : Snapshots
        The pairs; weights are not used.
    kernel : str
        As for ``kernel_edmd``.
    scale : float, optional
        d; default the spread of the states.
    degree : int
        Of the polynomial kernel.
    rank : int, optional
        Number of functions.

    Returns
    -------
    state : GramState
        With operator "adjoint", G = I; ``moments`` are the coordinates, projected in the
        space of the kernel.

    Raises
    ------
    ParameterError
        If an argument is out of range.

    Notes
    -----
    About 9 n_samples^3 flops and three matrices of that size.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> kernel_gram(Snapshots(x, x / 2), kernel="linear").A.round(12)
    array([[0.5]])
    """
    dictionary = kernel_dictionary(
        snapshots, kernel=kernel, scale=scale, degree=degree, rank=rank
    )
    xp = namespace(snapshots.x)
    mixing = xp.asarray(dictionary.mixing)
    x, y = (xp.astype(each, mixing.dtype) for each in (snapshots.x, snapshots.y))
    cross = dictionary(y).T @ mixing  # k(X, Y) is the transpose of k(Y, X)
    unit = kernel_scale(x, kernel, scale)
    image = mixing.T @ (kernel_values(y, y, kernel, unit, degree) @ mixing)
    image = (image + image.T) / 2
    one = xp.eye(mixing.shape[1], dtype=mixing.dtype)
    return GramState(
        form="gram",
        blocks=block_matrix(one, cross, image),
        moments=mixing.T @ x,
        count=snapshots.n_samples,
        mass=float(snapshots.n_samples),
        uniform=False,
        step=snapshots.step,
        dictionary=dictionary,
        operator="adjoint",
        sampling=snapshots.sampling,
    )
