"""Write the records of this folder again from the packages that distribute them.

``python extract_records.py [FOLDER] [NAME ...]`` writes the named records, by default all,
into the folder, by default the one of this script, and ``SHA256SUMS`` of every record
there. ``elnino``, ``sunspots`` and ``co2`` need statsmodels, ``digits`` scikit-learn.
The files are ASCII with LF and one header line; a missing value is empty.
"""

import hashlib
import sys
from importlib import import_module
from pathlib import Path


def elnino_lines() -> list[str]:
    """Return one line a month: year, month, sea surface temperature."""
    lines = ["year,month,sst_celsius"]
    for row in import_module("statsmodels.datasets.elnino").load_pandas().data.to_numpy():
        lines += [f"{int(row[0])},{month},{row[month]:.2f}" for month in range(1, 13)]
    return lines


def sunspots_lines() -> list[str]:
    """Return one line a year: year, sunspot number."""
    rows = import_module("statsmodels.datasets.sunspots").load_pandas().data.to_numpy()
    return ["year,sunspot_number", *(f"{int(year)},{count:.1f}" for year, count in rows)]


def co2_lines() -> list[str]:
    """Return one line a week: date, concentration or nothing."""
    series = import_module("statsmodels.datasets.co2").load_pandas().data["co2"]
    # NaN is the one value that differs from itself.
    cells = [f"{value:.1f}" if value == value else "" for value in series.to_numpy()]
    dates = series.index.strftime("%Y-%m-%d")
    return [
        "date,co2_ppmv",
        *(f"{date},{cell}" for date, cell in zip(dates, cells, strict=True)),
    ]


def digits_lines() -> list[str]:
    """Return one line an image: the digit, then 64 gray levels from 0 to 16, row by row."""
    images, digits = import_module("sklearn.datasets").load_digits(return_X_y=True)
    header = [
        "digit",
        *(f"row{row}_column{column}" for row in range(8) for column in range(8)),
    ]
    return [
        ",".join(header),
        *(
            ",".join(str(int(level)) for level in (digit, *image))
            for digit, image in zip(digits, images, strict=True)
        ),
    ]


RECORDS = {
    "co2": co2_lines,
    "digits": digits_lines,
    "elnino": elnino_lines,
    "sunspots": sunspots_lines,
}


def main(folder: Path, names: list[str]) -> None:
    """Write records and the hashes of all that are there into a folder."""
    for name in names:
        content = ("\n".join(RECORDS[name]()) + "\n").encode("ascii")
        (folder / f"{name}.csv").write_bytes(content)
        print(f"{name}.csv: {len(content)} bytes")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.glob("*.csv"))
    ]
    (folder / "SHA256SUMS").write_bytes("".join(sums).encode("ascii"))


if __name__ == "__main__":
    here = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    main(here, sys.argv[2:] or list(RECORDS))
