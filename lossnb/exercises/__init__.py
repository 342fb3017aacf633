"""The checks of the exercises, one module a page: a right answer is told so, a wrong one why.

>>> from lossnb.exercises import hinge as check
>>> check.margin_scale(lambda m: (m, 1 / m))
Right.
"""
