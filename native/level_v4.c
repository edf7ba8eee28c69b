/* Loops of x86-64-v4: AVX-512. */

#define LOOPS_NAME loops_v4
#define LEVEL "v4"
#include "kernels.h"
