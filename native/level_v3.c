/* Loops of x86-64-v3: AVX2 and fused multiply-add. */

#define LOOPS_NAME loops_v3
#define LEVEL "v3"
#include "kernels.h"
