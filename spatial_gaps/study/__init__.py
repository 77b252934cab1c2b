"""Studies: many metrics, periods and kinds of area from one file, on one machine or many."""
