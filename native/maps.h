/* Loops over contiguous arrays; a result may take the memory of an argument. Included once for each
 * kind of floating point.
 *
 * What is made of e^-|x| is done in two loops over a buffer that stays in the first cache: one loop
 * would run out of registers, at twice the time.
 */

#ifndef LOSSCTL_CHUNK
#define LOSSCTL_CHUNK
#define CHUNK 512
#define EACH(N) _Pragma("GCC ivdep") for (intptr_t i = 0; i < (N); i++)
#define CHUNKS(WHOLE) for (intptr_t at = 0, n; n = smaller((WHOLE) - at, CHUNK), n > 0; at += n)
INLINE intptr_t smaller(intptr_t a, intptr_t b) { return a < b ? a : b; }
#endif

#define MAP_ONE(NAME)                                                                              \
    static void OF(NAME##_map)(const NUMBER *x, NUMBER *y, intptr_t n) {                           \
        EACH(n) y[i] = OF(NAME)(x[i]);                                                             \
    }
#define MAP_TWO(NAME)                                                                              \
    static void OF(NAME##_map)(const NUMBER *a, const NUMBER *b, NUMBER *y, intptr_t n) {          \
        EACH(n) y[i] = OF(NAME)(a[i], b[i]);                                                       \
    }

MAP_ONE(exp)
MAP_ONE(log)
MAP_ONE(log1p)
MAP_ONE(expm1)
MAP_ONE(tanh)
MAP_ONE(log_square)
MAP_ONE(log_cosh)
MAP_ONE(sigmoid)
MAP_TWO(sigmoid_residual)
MAP_TWO(squared_error)
MAP_TWO(absolute_error)

static void OF(huber_map)(const NUMBER *p, const NUMBER *t, NUMBER d, NUMBER *y, intptr_t n) {
    EACH(n) y[i] = OF(huber)(p[i], t[i], d);
}

static void OF(softplus_tail_map)(const NUMBER *x, NUMBER *y, intptr_t whole) {
    NUMBER e[CHUNK];
    CHUNKS(whole) {
        EACH(n) e[i] = OF(decay)(x[at + i]);
        EACH(n) y[at + i] = OF(softplus_tail)(e[i]);
    }
}

static void OF(softplus_map)(const NUMBER *x, NUMBER *y, intptr_t whole) {
    NUMBER e[CHUNK];
    CHUNKS(whole) {
        EACH(n) e[i] = OF(decay)(x[at + i]);
        EACH(n) y[at + i] = OF(softplus)(e[i], x[at + i]);
    }
}

static void OF(expected_nll_map)(const NUMBER *t, const NUMBER *z, NUMBER *y, intptr_t whole) {
    NUMBER e[CHUNK];
    CHUNKS(whole) {
        EACH(n) e[i] = OF(decay)(z[at + i]);
        EACH(n) y[at + i] = OF(expected_nll)(e[i], t[at + i], z[at + i]);
    }
}

static void OF(sigmoid_pair_map)(const NUMBER *x, NUMBER *p, NUMBER *q, intptr_t n) {
    EACH(n) {
        NUMBER logit = x[i];
        p[i] = OF(sigmoid)(logit);
        q[i] = OF(sigmoid_complement)(logit);
    }
}

/* Sum in float64 by sixteen running sums, whatever the width of the vectors, so that every level
 * adds in the same order: sums of 512 numbers, of 32 of those, and of all.
 */
#define LANES 16
#define TIER 32
#define EACH_LANE for (int lane = 0; lane < LANES; lane++)
static double OF(vector_sum)(const NUMBER *x, intptr_t n) {
    double all[LANES] = {0};
    intptr_t whole = n - n % LANES;
    for (intptr_t at = 0; at < whole;) {
        double some[LANES] = {0};
        for (int chunk = 0; chunk < TIER && at < whole; chunk++) {
            double few[LANES] = {0};
            intptr_t end = at + smaller(whole - at, LANES * TIER);
            for (; at < end; at += LANES) EACH_LANE few[lane] += (double)x[at + lane];
            EACH_LANE some[lane] += few[lane];
        }
        EACH_LANE all[lane] += some[lane];
    }
    for (intptr_t at = whole; at < n; at++) all[at - whole] += (double)x[at];
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) all[lane] += all[lane + half];
    return all[0];
}
