"""``python -m perturbsci`` is the command ``perturbsci``."""

from perturbsci.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
