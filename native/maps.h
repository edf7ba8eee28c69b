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
MAP_ONE(sigmoid)
MAP_TWO(sigmoid_residual)
MAP_TWO(squared_error)
MAP_TWO(absolute_error)
MAP_TWO(squared_log_error)
MAP_TWO(poisson_deviance)
MAP_TWO(gamma_deviance)

static void OF(huber_map)(const NUMBER *p, const NUMBER *t, NUMBER d, NUMBER *y, intptr_t n) {
    EACH(n) y[i] = OF(huber)(p[i], t[i], d);
}

/* What a function of so many numbers and constants takes, where arrays are a, b and c. */
#ifndef TAKES_2_0
#define TAKES_2_0(I) (a[I], b[I])
#define TAKES_2_1(I) (a[I], b[I], constants[0])
#define TAKES_2_2(I) (a[I], b[I], constants[0], constants[1])
#define TAKES_3_1(I) (a[I], b[I], c[I], constants[0])
#define TAKES_3_2(I) (a[I], b[I], c[I], constants[0], constants[1])
#endif
#define MAP_ITEMS(NAME, ARRAYS, CONSTANTS)                                                         \
    static void OF(NAME##_map)(const NUMBER *a, const NUMBER *b, const NUMBER *c,                  \
                               const NUMBER *given, NUMBER *y, intptr_t n) {                       \
        const NUMBER constants[MOST_CONSTANTS] = {given[0], given[1]};                             \
        (void)c;                                                                                   \
        (void)constants;                                                                           \
        EACH(n) y[i] = OF(NAME) TAKES_##ARRAYS##_##CONSTANTS(i);                                   \
    }
QUICK_ITEMS(MAP_ITEMS)
SIGNED_ITEMS(MAP_ITEMS)
SLOW_ITEMS(MAP_ITEMS)
ITEM_SLOPES(MAP_ITEMS)

static void OF(binary_nll_map)(const NUMBER *t, const NUMBER *p, const NUMBER *none,
                               const NUMBER *constants, NUMBER *y, intptr_t whole) {
    const NUMBER most = constants[0];
    (void)none;
    CHUNKS(whole) {
        int64_t soft = 0;
        for (intptr_t i = 0; i < n; i++) soft += (t[at + i] != 0) & (t[at + i] != 1);
        if (soft) EACH(n) y[at + i] = OF(soft_label_nll)(t[at + i], p[at + i], most);
        else EACH(n) y[at + i] = OF(label_nll)(t[at + i], p[at + i], most);
    }
}

static void OF(log_cosh_map)(const NUMBER *x, NUMBER *y, intptr_t whole) {
    NUMBER e[CHUNK];
    CHUNKS(whole) {
        EACH(n) e[i] = OF(log_cosh_decay)(x[at + i]);
        EACH(n) y[at + i] = OF(log_cosh)(e[i], x[at + i]);
    }
}

static void OF(log_cosh_error_map)(const NUMBER *p, const NUMBER *t, const NUMBER *none,
                                   const NUMBER *constants, NUMBER *y, intptr_t whole) {
    NUMBER e[CHUNK];
    (void)none;
    (void)constants;
    CHUNKS(whole) {
        EACH(n) e[i] = OF(log_cosh_decay)(p[at + i] - t[at + i]);
        EACH(n) y[at + i] = OF(log_cosh)(e[i], p[at + i] - t[at + i]);
    }
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

static void OF(logistic_nll_map)(const NUMBER *t, const NUMBER *z, NUMBER *y, intptr_t whole) {
    NUMBER e[CHUNK];
    CHUNKS(whole) {
        EACH(n) e[i] = OF(decay)(t[at + i] * z[at + i]);
        EACH(n) y[at + i] = OF(logistic_nll)(e[i], t[at + i], z[at + i]);
    }
}

#define FOCAL(NAME, WHOLE)                                                                         \
    EACH(n) y[at + i] = OF(NAME)(e[i], t[at + i], z[at + i], g, w[i], v[i], WHOLE)
/* A gather of weights would take as long as the logarithm. */
#define FOCAL_MAP(NAME)                                                                            \
    static void OF(NAME##_map)(const NUMBER *t, const NUMBER *z, NUMBER g, const NUMBER *weights,  \
                               intptr_t step, const NUMBER *others, intptr_t other_step, NUMBER *y, \
                               intptr_t whole) {                                                   \
        NUMBER e[CHUNK], w[CHUNK], v[CHUNK];                                                       \
        CHUNKS(whole) {                                                                            \
            EACH(n) e[i] = OF(decay)(z[at + i]);                                                   \
            if (step == 0) EACH(n) w[i] = weights[0];                                              \
            else EACH(n) w[i] = weights[(at + i) * step];                                          \
            if (other_step == 0) EACH(n) v[i] = others[0];                                         \
            else EACH(n) v[i] = others[(at + i) * other_step];                                     \
            if (g == 1) FOCAL(NAME, 1);                                                            \
            else if (g == 2) FOCAL(NAME, 2);                                                       \
            else if (g == 3) FOCAL(NAME, 3);                                                       \
            else if (g == 4) FOCAL(NAME, 4);                                                       \
            else FOCAL(NAME, 0);                                                                   \
        }                                                                                          \
    }
FOCAL_MAP(focal_nll)
FOCAL_MAP(focal_slope)

static void OF(sigmoid_pair_map)(const NUMBER *x, NUMBER *p, NUMBER *q, intptr_t n) {
    EACH(n) {
        NUMBER logit = x[i];
        p[i] = OF(sigmoid)(logit);
        q[i] = OF(sigmoid_complement)(logit);
    }
}
