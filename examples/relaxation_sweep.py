r"""
One step size for ten decades of a relaxation time
==================================================

The system :math:`u_t + v_x = 0`, :math:`v_t + a^2 u_x = -(v - 0.6 u)/\epsilon` relaxes
within the time :math:`\epsilon` to the advection :math:`u_t + 0.6 u_x = 0`.
An explicit scheme would need steps below :math:`\epsilon`; an implicit-explicit one keeps
its step, its cost and its order from :math:`\epsilon = 1` down to :math:`10^{-10}`, and at
:math:`\epsilon = 0` it solves the limit.
Data off the slow manifold cost a few small steps at the start, which
``initial_layer="auto"`` takes where they are needed.
"""

from perturbsci import multiscale as ms

EPSILONS = [10.0**-k for k in range(11)]
STEP = 0.01


# %%
# Each row of the table is one epsilon, from well-prepared and from ill-prepared data.


def main() -> float:
    """Return the largest error over epsilon of well-prepared runs with one step."""
    problem = ms.jin_xin(n_cells=32, coefficient=0.6)
    worst = 0.0
    print("epsilon   steps  error (well)   steps  error (ill)   mass kept")
    for epsilon in EPSILONS:
        line = f"{epsilon:7.0e}"
        for preparation in ("well", "ill"):
            run = ms.solve(
                problem,
                epsilon=epsilon,
                t_span=(0.0, 0.5),
                scheme="bdf2",
                step=STEP,
                preparation=preparation,
            )
            error = run.certificates[-1].value  # against the exact solution
            if preparation == "well":
                worst = max(worst, error)
            line += f"  {run.n_steps:6d}  {error:12.3e}"
        print(f"{line}   {run.certificates[0].passed}")
    check = ms.check_commutation(
        problem, scheme="bdf2", epsilons=EPSILONS[4:], step=STEP, t_end=0.5
    )
    print(check.certificate)
    return worst


# %%
# The largest error over all epsilon is returned.

if __name__ == "__main__":
    main()
