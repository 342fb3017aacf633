"""The long experiments: run once by `python -m lossnb.experiments`, read from their records.

>>> from lossnb.experiments import load, provenance
"""

from ._record import Record, load, provenance

__all__ = ["Record", "load", "provenance"]
