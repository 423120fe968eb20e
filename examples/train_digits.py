r"""
Train a state-space classifier on handwritten digits
====================================================

Each image is a sequence of 8 rows of 8 pixels, read row by row by
:math:`x' = \Lambda x + B u`, :math:`y = Cx`, where :math:`\Lambda` holds the 32 eigenvalues
of a shifted LegS memory.
Gradients come from the adjoint recurrence, and the same seed gives the same bits.
"""

import numpy as np

from perturbsci import io
from perturbsci import statespace as ss

N_TRAINING = 1200  # of 1797 images
STEPS = (0.1, 1.0)  # of the systems, for sequences of 8 samples


# %%
# Two thirds of the images train, the others are named.


def main() -> float:
    """Return the accuracy on the digits that were not used."""
    digits = io.load_record("digits")
    rows = digits.values.reshape(-1, 8, 8) / 16
    order = np.random.default_rng(0).permutation(len(rows))
    train, test = order[:N_TRAINING], order[N_TRAINING:]

    model = ss.sequence_classifier(8, 10, layer="s5", n_state=32, depth=1, step_range=STEPS)
    training = ss.train(
        model, rows[train], digits.labels[train], epochs=12, batch=32, rate=0.03
    )
    print(training.summary())

    named = ss.classify(training.model, rows[test])
    accuracy = float((named == digits.labels[test]).mean())
    print(f"\ntest digits named right: {100 * accuracy:.1f} %")
    return accuracy


# %%
# The share of test digits that are named right is returned; guessing would give 0.1.

if __name__ == "__main__":
    main()
