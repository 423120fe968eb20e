"""What the slabs of a march may spend of a tolerance: an even share, and a pool.

Of the tolerance T, 0.45 T are spread evenly over the time and 0.45 T are a pool, of which a
slab gets a sixteenth; what it does not use stays. Where errors grow until the end, both are
multiplied by the decay that undoes it.
"""

__all__ = ["Budget"]

SHARE = 0.45  # of the tolerance: even in time, and as a pool each
SLICE = 16.0  # slabs that could empty the pool


class Budget:
    """What one slab may spend of the tolerance; errors grow until the end.

    Parameters
    ----------
    tolerance : float
        In all, at the end.
    """

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.pool = SHARE * tolerance  # what no slab has used yet

    def of(self, step: float, decay: float) -> float:
        """Return the budget of a slab whose errors grow by 1/decay until the end.

        Parameters
        ----------
        step : float
            Scaled.
        decay : float
            Share of an error now that is within the tolerance at the end.

        Returns
        -------
        budget : float
            On the indicator.
        """
        return decay * (SHARE * self.tolerance * step + max(self.pool, 0.0) / SLICE)

    def spend(self, amount: float, step: float, decay: float) -> None:
        """Take what a slab used beyond its even share from the pool.

        Parameters
        ----------
        amount : float
            The indicator of the slab.
        step : float
            Scaled.
        decay : float
            Share of an error now that is within the tolerance at the end.
        """
        self.pool -= max(0.0, amount / decay - SHARE * self.tolerance * step)

    def of_merging(self, step: float, decay: float) -> float:
        """Return what the jumps of one coarsening may add.

        Parameters
        ----------
        step : float
            Scaled.
        decay : float
            Share of an error now that is within the tolerance at the end.

        Returns
        -------
        budget : float
            On the sum of the jumps.
        """
        return decay * (0.02 * self.tolerance * step + max(self.pool, 0.0) / 2000.0)
