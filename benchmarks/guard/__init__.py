"""
The guard: how many instructions three reference workloads take, held against what the repository remembers.

Times on a shared machine are no guard, as they move by a third on their own; a processor's instructions
are nearly the same in each run. valgrind's callgrind counts them. They hang on the Python and the lupa that
run, so ``counts.json`` has them for each.
"""
