"""The exchangeable parts: extractors, neighbours, projections, solvers, clusterings, engines.

A method is a frozen dataclass whose fields are its options, and callable. A table lists each kind by name; adding
one is one class and one line there. Tables import nothing until a method is asked for.
"""
