/*
 * What the guard asks of callgrind, for Python's ctypes: to count from here, and to write down what was counted.
 */
#include <valgrind/callgrind.h>

void count(void)
{
	CALLGRIND_START_INSTRUMENTATION;
	CALLGRIND_ZERO_STATS;
}

/* The name stands in the file that callgrind writes. */
void counted(const char *name)
{
	CALLGRIND_DUMP_STATS_AT(name);
	CALLGRIND_STOP_INSTRUMENTATION;
}
