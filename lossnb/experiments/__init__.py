"""The long experiments: run once by `python -m lossnb.experiments`, read from their records.

>>> from lossnb.experiments import load, provenance
"""

from ._record import RESULTS, Record, experiment, load, names, provenance
from ._rules import VERDICTS, Outcome, Rule, judge, verdict

__all__ = [
    "RESULTS",
    "VERDICTS",
    "Outcome",
    "Record",
    "Rule",
    "experiment",
    "judge",
    "load",
    "names",
    "provenance",
    "verdict",
]
