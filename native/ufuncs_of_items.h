/* What NumPy calls for losses of items and their totals. Included by ufuncs.h, once for each kind of
 * floating point.
 */

#ifndef SHAPES_OF_ITEMS
#define SHAPES_OF_ITEMS(X) X(2, 0) X(2, 1) X(2, 2) X(3, 1) X(3, 2) /* arrays and constants */
#endif

/* So many arrays and constants; where a constant changes, item by item. */
static void OF(ufunc_items)(char **args, npy_intp const *dims, npy_intp const *steps, void *loop,
                            int arrays, int count) {
    OF(items) *run = *(OF(items) **)loop;
    const npy_intp size = sizeof(NUMBER);
    const int last = arrays + count;
    NUMBER copies[MOST_TOGETHER][MOST_BUFFERED], results[MOST_BUFFERED];
    NUMBER constants[MOST_CONSTANTS] = {0};
    int together = steps[last] == size, fixed = 1;
    for (int at = 0; at < arrays; at++) together &= steps[at] == size;
    for (int at = arrays; at < last; at++) fixed &= steps[at] == 0;
    const npy_intp most = !fixed ? 1 : together ? dims[0] : MOST_BUFFERED;
    for (npy_intp from = 0, n; from < dims[0]; from += n) {
        const NUMBER *x[MOST_TOGETHER] = {NULL};
        n = dims[0] - from < most ? dims[0] - from : most;
        for (int at = 0; at < arrays; at++) {
            x[at] = together ? (const NUMBER *)(args[at] + from * size) : copies[at];
            if (!together) GATHER(NUMBER, copies[at], args[at] + from * steps[at], steps[at], n);
        }
        for (int at = 0; at < count; at++)
            constants[at] = *(const NUMBER *)(args[arrays + at] + from * steps[arrays + at]);
        run(x[0], x[1], x[2], constants, together ? (NUMBER *)(args[last] + from * size) : results, n);
        if (!together) SCATTER(NUMBER, args[last] + from * steps[last], steps[last], results, n);
    }
    DONE;
}

/* Write a total, and where it is wide the ends of the arguments. */
static void OF(put_total)(char *to, npy_intp step, double total, const double *ends, int wide) {
    *(double *)to = total;
    for (int at = 1; at < wide; at++) *(double *)(to + at * step) = ends[at - 1];
}

/* (n),(n)->() or (n),(n)->(5), of three arrays (n),(n),(n)->() or ->(7), and as many () between as there
 * are constants; with signs one number more
 */
static void OF(ufunc_total)(char **args, npy_intp const *dims, npy_intp const *steps, void *loop,
                            int arrays, int count, int wide) {
    const int last = arrays + count;
    NUMBER *copies[MOST_TOGETHER] = {NULL}, constants[MOST_CONSTANTS] = {0};
    const NUMBER *x[MOST_TOGETHER] = {NULL};
    double ends[ENDS_OF(MOST_TOGETHER) + 1];
    for (npy_intp outer = 0; outer < dims[0]; outer++) {
        for (int at = 0; at < arrays; at++)
            x[at] = OF(together)(args[at] + outer * steps[at], steps[last + 1 + at], dims[1], &copies[at]);
        for (int at = 0; at < count; at++)
            constants[at] = *(const NUMBER *)(args[arrays + at] + outer * steps[arrays + at]);
        double total =
            arrays == 2
                ? (*(OF(total_of_2) **)loop)(x[0], x[1], constants, dims[1], wide ? ends : NULL)
                : (*(OF(total_of_3) **)loop)(x[0], x[1], x[2], constants, dims[1], wide ? ends : NULL);
        OF(put_total)(args[last] + outer * steps[last], wide ? steps[last + 1 + arrays] : 0, total, ends,
                      wide);
    }
    for (int at = 0; at < arrays; at++) free(copies[at]);
    DONE;
}

#define WITH_TOTAL(ARRAYS, CONSTANTS)                                                              \
    static void OF(ufunc_total_##ARRAYS##_##CONSTANTS)(char **args, npy_intp const *dims,          \
                                                       npy_intp const *steps, void *loop) {        \
        OF(ufunc_total)(args, dims, steps, loop, ARRAYS, CONSTANTS, 0);                            \
    }                                                                                              \
    static void OF(ufunc_wide_total_##ARRAYS##_##CONSTANTS)(char **args, npy_intp const *dims,     \
                                                            npy_intp const *steps, void *loop) {   \
        OF(ufunc_total)(args, dims, steps, loop, ARRAYS, CONSTANTS, 1 + ENDS_OF(ARRAYS));          \
    }
#define WITH_SIGNS(ARRAYS, CONSTANTS)                                                              \
    static void OF(ufunc_signed_total_##ARRAYS##_##CONSTANTS)(char **args, npy_intp const *dims,   \
                                                              npy_intp const *steps, void *loop) { \
        OF(ufunc_total)(args, dims, steps, loop, ARRAYS, CONSTANTS, 2 + ENDS_OF(ARRAYS));          \
    }
#define WITH_ITEMS(ARRAYS, CONSTANTS)                                                              \
    static void OF(ufunc_items_##ARRAYS##_##CONSTANTS)(char **args, npy_intp const *dims,          \
                                                       npy_intp const *steps, void *loop) {        \
        OF(ufunc_items)(args, dims, steps, loop, ARRAYS, CONSTANTS);                               \
    }
SHAPES_OF_ITEMS(WITH_ITEMS)
SHAPES_OF_ITEMS(WITH_TOTAL)
WITH_TOTAL(2, 3)
WITH_SIGNS(2, 1)
WITH_SIGNS(3, 1)
#undef WITH_SIGNS
#undef WITH_ITEMS
#undef WITH_TOTAL
