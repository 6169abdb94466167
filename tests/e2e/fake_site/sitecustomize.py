"""Starts the page with reports made by rule (tests/fake_reports.py): put this folder and tests/ on PYTHONPATH."""

import fake_reports

fake_reports.install()
