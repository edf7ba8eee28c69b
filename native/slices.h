/* Sums by slice of the data: how many items each slice has, and the sums of their deviations and of
 * products of two. Included once for each kind of floating point.
 *
 * Items that follow each other are added to sums of their own, in turn: else each would wait for
 * the one before it where both are of one slice.
 */

#define ADD_SLICES(CODE, TYPE)                                                                     \
    INLINE void OF(add_slices_##CODE)(const double *deviations, const double *products,            \
                                      const TYPE *codes, intptr_t n, intptr_t slices,              \
                                      const intptr_t turns, double *sums) {                        \
        for (intptr_t i = 0; i < n; i++) {                                                         \
            int64_t code = (int64_t)codes[i];                                                      \
            if (code < 0 || code >= slices) continue;                                              \
            double *own = sums + SLICE_SUMS * (code * turns + (i & (turns - 1)));                  \
            own[0] += 1.0;                                                                         \
            own[1] += deviations[i];                                                               \
            own[2] += products[i];                                                                 \
        }                                                                                          \
    }                                                                                              \
    static void OF(slice_sums_##CODE)(const NUMBER *x, const NUMBER *y, const void *given,         \
                                      double x_center, double y_center, intptr_t whole,            \
                                      intptr_t slices, intptr_t turns, double *sums) {             \
        const TYPE *codes = given;                                                                 \
        double deviations[CHUNK], products[CHUNK];                                                 \
        CHUNKS(whole) {                                                                            \
            EACH(n) {                                                                              \
                deviations[i] = (double)x[at + i] - x_center;                                      \
                products[i] = deviations[i] * ((double)y[at + i] - y_center);                      \
            }                                                                                      \
            if (turns == SLICE_TURNS) /* known to the compiler, which then need not multiply */    \
                OF(add_slices_##CODE)(deviations, products, codes + at, n, slices, SLICE_TURNS,    \
                                      sums);                                                       \
            else                                                                                   \
                OF(add_slices_##CODE)(deviations, products, codes + at, n, slices, 1, sums);       \
        }                                                                                          \
    }
CODES(ADD_SLICES)
#undef ADD_SLICES
