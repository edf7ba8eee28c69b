/* Loops that every processor runs: slowly on x86-64, where they may use no fused multiply-add. */

#define LOOPS_NAME loops_base
#if defined(__aarch64__)
#define LEVEL "neon"
#else
#define LEVEL "v2"
#endif
#include "kernels.h"
