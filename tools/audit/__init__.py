"""Measure the built site: Lighthouse, weight, requests, accessibility, and what browsers say.

python -m tools.audit      the site in _build/html, beside the stock theme
"""
