"""Write the three records of this folder again from ``statsmodels.datasets``.

``python extract_records.py [FOLDER]`` writes ``elnino.csv``, ``sunspots.csv``,
``co2.csv`` and ``SHA256SUMS`` into the folder, by default the one of this script.
The files are ASCII with LF and one header line; a missing value is empty.
"""

import hashlib
import sys
from pathlib import Path

from statsmodels.datasets import co2, elnino, sunspots


def elnino_lines() -> list[str]:
    """Return one line a month: year, month, sea surface temperature."""
    lines = ["year,month,sst_celsius"]
    for row in elnino.load_pandas().data.to_numpy():
        lines += [f"{int(row[0])},{month},{row[month]:.2f}" for month in range(1, 13)]
    return lines


def sunspots_lines() -> list[str]:
    """Return one line a year: year, sunspot number."""
    rows = sunspots.load_pandas().data.to_numpy()
    return ["year,sunspot_number", *(f"{int(year)},{count:.1f}" for year, count in rows)]


def co2_lines() -> list[str]:
    """Return one line a week: date, concentration or nothing."""
    series = co2.load_pandas().data["co2"]
    # NaN is the one value that differs from itself.
    cells = [f"{value:.1f}" if value == value else "" for value in series.to_numpy()]
    dates = series.index.strftime("%Y-%m-%d")
    return [
        "date,co2_ppmv",
        *(f"{date},{cell}" for date, cell in zip(dates, cells, strict=True)),
    ]


def main(folder: Path) -> None:
    """Write the three records and their hashes into a folder."""
    records = {
        "co2.csv": co2_lines,
        "elnino.csv": elnino_lines,
        "sunspots.csv": sunspots_lines,
    }
    sums = []
    for name, make_lines in records.items():
        content = ("\n".join(make_lines()) + "\n").encode("ascii")
        (folder / name).write_bytes(content)
        sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        print(f"{name}: {len(content)} bytes")
    (folder / "SHA256SUMS").write_bytes("".join(sums).encode("ascii"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
