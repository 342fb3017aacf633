"""The long experiments: run once by `python -m lossnb.experiments`, read from their records.

>>> from lossnb.experiments import load, provenance
"""

from ._record import RESULTS, Record, experiment, load, names, provenance
from ._rules import Rule
from .verdicts import STATES, VERDICTS, Entry, Outcome, summary, verdict

__all__ = [
    "RESULTS",
    "STATES",
    "VERDICTS",
    "Entry",
    "Outcome",
    "Record",
    "Rule",
    "experiment",
    "load",
    "names",
    "provenance",
    "summary",
    "verdict",
]
