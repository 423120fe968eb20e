"""The exact solution of Krook and Wu for two isotropic gases of Maxwell molecules."""

from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class KrookWu:
    """Family II, from the data that fix it: masses (1, ratio), densities 1."""

    ratio: float
    rate_11: float
    rate_12: float
    q_0: float

    @property
    def constants(self):
        """Return lambda_22, p_1, p_2, A and c."""
        mu = 4 * self.ratio / (1 + self.ratio) ** 2
        a = self.rate_12 * mu * (3 - 2 * mu)
        p_2 = self.rate_11 - a
        p_1 = p_2 * (self.rate_12 * mu - a / 3) / (self.rate_11 / 3 - self.rate_12 * mu)
        c = (self.rate_11 * p_1 + a * p_2) / 3
        return a + p_1, p_1, p_2, self.rate_12 * mu, c

    @property
    def rates(self):
        return ((self.rate_11, self.rate_12), (self.rate_12, self.constants[0]))

    def at(self, time):
        """Return Q, K, T_1 and T_2."""
        _, p_1, p_2, a, c = self.constants
        q = a / ((a / self.q_0 + c) * numpy.exp(a * time) - c)
        k = 2 / (2 + 2 * (p_1 + p_2) * q)
        return q, k, k * (1 + 2 * p_1 * q), k * (1 + 2 * p_2 * q)

    def density(self, i, time=0.0):
        """Return f_i as a function of the speed."""
        q, k, _, _ = self.at(time)
        mass, share = (1.0, self.ratio)[i], self.constants[1 + i] * q

        def f(v):
            gauss = (mass / (2 * numpy.pi * k)) ** 1.5 * numpy.exp(-mass * v**2 / (2 * k))
            return gauss * (1 - 3 * share + mass / k * share * v**2)

        return f
