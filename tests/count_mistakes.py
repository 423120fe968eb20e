"""Print how many cases the catalogue of bad inputs has, by subpackage."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.catalogue import table

if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
