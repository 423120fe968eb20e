"""Results in and out: no damaged file is ever taken for a good one.

An archive is a zip file that ``numpy.load`` can read, with a hash for every array; it is
written atomically and checked completely before anything in it is used.
"""

from perturbsci.io.archive import Archive, ArrayRecord, hash_array
from perturbsci.io.origin import provenance
from perturbsci.io.reading import load, verify
from perturbsci.io.records import Record, load_record
from perturbsci.io.writing import save

__all__ = [
    "save",
    "load",
    "verify",
    "hash_array",
    "load_record",
    "provenance",
    "Archive",
    "ArrayRecord",
    "Record",
]
