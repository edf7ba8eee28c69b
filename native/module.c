/* lossctl.kernels._native: compiled loops as NumPy's universal functions.
 *
 * What they compute stands in elementary.h, composites.h and rows.h; lossctl/kernels/numeric/primitives.py
 * declares them in NumPy and says when these take their place.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <numpy/ndarrayobject.h>
#include <numpy/ufuncobject.h>

#include <fenv.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define NUMBER float
#define OF(NAME) f32_##NAME
#include "ufuncs.h"
#undef NUMBER
#undef OF

#define NUMBER double
#define OF(NAME) f64_##NAME
#include "ufuncs.h"
#include "whole.h"

#ifdef __SIZEOF_INT128__
#include "number_lines.h"
#endif

/* (n),(n)->() of numbers of any type that has hashes. */
static void ufunc_hash(char **args, npy_intp const *dims, npy_intp const *steps, void *loop,
                       npy_intp size) {
    hash_loop *run = *(hash_loop **)loop;
    char x[8 * MOST_BUFFERED];
    uint64_t factors[MOST_BUFFERED];
    int together = (steps[3] == size && steps[4] == (npy_intp)sizeof(uint64_t)) || dims[1] < 2;
    for (npy_intp outer = 0; outer < dims[0]; outer++) {
        const char *from = args[0] + outer * steps[0], *others = args[1] + outer * steps[1];
        uint64_t sum = together ? run(from, (const uint64_t *)others, dims[1]) : 0;
        for (npy_intp at = 0, n; at < dims[1] && !together; at += n) {
            n = dims[1] - at < MOST_BUFFERED ? dims[1] - at : MOST_BUFFERED;
            for (npy_intp i = 0; i < n; i++)
                memcpy(x + i * size, from + (at + i) * steps[3], (size_t)size);
            GATHER(uint64_t, factors, others + at * steps[4], steps[4], n);
            sum += run(x, factors, n);
        }
        *(uint64_t *)(args[2] + outer * steps[2]) = sum;
    }
    DONE;
}

#define UFUNC_HASH(KIND, TYPE, LOST)                                                               \
    static void ufunc_hash_##KIND(char **args, npy_intp const *dims, npy_intp const *steps,        \
                                  void *loop) {                                                    \
        ufunc_hash(args, dims, steps, loop, sizeof(TYPE));                                         \
    }
HASHED(UFUNC_HASH)

/* The loops in use, chosen when the module is imported; NumPy is handed the places of its members,
 * which must outlive the functions.
 */
static all_loops loops;

#include "ends.h"

static int add(PyObject *module, const char *name, PyUFuncGenericFunction *functions,
               void *const *members, int count, char *types, int inputs, int outputs,
               const char *signature) {
    if (signature != NULL)
        return add_whole(module, name, functions, members, count, types, inputs, signature);
    void **data = PyMem_Malloc((size_t)count * sizeof(void *)); /* which the function keeps */
    if (data == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memcpy(data, members, (size_t)count * sizeof(void *));
    PyObject *function = PyUFunc_FromFuncAndData(functions, data, types, count, inputs, outputs,
                                                 PyUFunc_None, name, NULL, 0);
    if (function == NULL) return -1;
    int failed = PyModule_AddObjectRef(module, name, function);
    Py_DECREF(function);
    return failed;
}

static PyUFuncGenericFunction one[] = {f32_ufunc_one, f64_ufunc_one};
static PyUFuncGenericFunction two[] = {f32_ufunc_two, f64_ufunc_two};
static PyUFuncGenericFunction constant[] = {f32_ufunc_two_and_constant, f64_ufunc_two_and_constant};
static PyUFuncGenericFunction one_to_two[] = {f32_ufunc_one_to_two, f64_ufunc_one_to_two};
static PyUFuncGenericFunction weighted[] = {f32_ufunc_weighted_labels, f64_ufunc_weighted_labels};
static PyUFuncGenericFunction sum[] = {f32_ufunc_sum, f64_ufunc_sum};
static PyUFuncGenericFunction about[] = {f32_ufunc_sum_about, f64_ufunc_sum_about};
static PyUFuncGenericFunction to_numbers[] = {f32_ufunc_rows_to_numbers, f64_ufunc_rows_to_numbers};
static PyUFuncGenericFunction to_rows[] = {f32_ufunc_rows_to_rows, f64_ufunc_rows_to_rows};
static PyUFuncGenericFunction pairs_to_numbers[] = {f32_ufunc_pairs_to_numbers, f64_ufunc_pairs_to_numbers};
static PyUFuncGenericFunction pairs_to_rows[] = {f32_ufunc_pairs_to_rows, f64_ufunc_pairs_to_rows};
static PyUFuncGenericFunction hinges_to_numbers[] = {f32_ufunc_hinges_to_numbers, f64_ufunc_hinges_to_numbers};
static PyUFuncGenericFunction hinges_to_rows[] = {f32_ufunc_hinges_to_rows, f64_ufunc_hinges_to_rows};

#define OF_SHAPE(NAME, ARRAYS, CONSTANTS)                                                          \
    static PyUFuncGenericFunction NAME##_##ARRAYS##_##CONSTANTS[] = {                              \
        f32_ufunc_##NAME##_##ARRAYS##_##CONSTANTS, f64_ufunc_##NAME##_##ARRAYS##_##CONSTANTS};
#define ITEMS_OF_SHAPE(ARRAYS, CONSTANTS) OF_SHAPE(items, ARRAYS, CONSTANTS)
#define TOTALS_OF_SHAPE(ARRAYS, CONSTANTS)                                                         \
    OF_SHAPE(total, ARRAYS, CONSTANTS) OF_SHAPE(wide_total, ARRAYS, CONSTANTS)
SHAPES_OF_ITEMS(ITEMS_OF_SHAPE)
SHAPES_OF_ITEMS(TOTALS_OF_SHAPE)
TOTALS_OF_SHAPE(2, 3)
OF_SHAPE(signed_total, 2, 1)
OF_SHAPE(signed_total, 3, 1)
static PyUFuncGenericFunction total_and_slope_1[] = {f32_ufunc_total_and_slope_1,
                                                     f64_ufunc_total_and_slope_1};
static PyUFuncGenericFunction total_and_slope_2[] = {f32_ufunc_total_and_slope_2,
                                                     f64_ufunc_total_and_slope_2};
static PyUFuncGenericFunction total_and_slope_4[] = {f32_ufunc_total_and_slope_4,
                                                     f64_ufunc_total_and_slope_4};
static PyUFuncGenericFunction rows_total_and_slope[] = {f32_ufunc_rows_total_and_slope,
                                                        f64_ufunc_rows_total_and_slope};
#define OF_ROWS(NAME, CONSTANTS, FOUND)                                                            \
    static PyUFuncGenericFunction NAME##_total[] = {f32_ufunc_##NAME##_total,                      \
                                                    f64_ufunc_##NAME##_total};                     \
    static PyUFuncGenericFunction wide_##NAME##_total[] = {f32_ufunc_wide_##NAME##_total,          \
                                                           f64_ufunc_wide_##NAME##_total};
ROW_TOTALS(OF_ROWS)
static PyUFuncGenericFunction pairs_total[] = {f32_ufunc_pairs_total, f64_ufunc_pairs_total};
static PyUFuncGenericFunction wide_pairs_total[] = {f32_ufunc_wide_pairs_total,
                                                    f64_ufunc_wide_pairs_total};
static PyUFuncGenericFunction overlaps[] = {f32_ufunc_overlap, f64_ufunc_overlap};
static PyUFuncGenericFunction pairs_to_one[] = {f32_ufunc_pairs_to_one, f64_ufunc_pairs_to_one};
static PyUFuncGenericFunction pairs_to_three[] = {f32_ufunc_pairs_to_three, f64_ufunc_pairs_to_three};
static PyUFuncGenericFunction moved_pairs_to_one[] = {f32_ufunc_moved_pairs_to_one,
                                                      f64_ufunc_moved_pairs_to_one};
static PyUFuncGenericFunction to_pairs[] = {f32_ufunc_to_pairs, f64_ufunc_to_pairs};
#define f32_SLICES(CODE, TYPE) f32_ufunc_slices_##CODE,
#define f64_SLICES(CODE, TYPE) f64_ufunc_slices_##CODE,
static PyUFuncGenericFunction slices[] = {CODES(f32_SLICES) CODES(f64_SLICES)};

#define HASH(KIND, TYPE, LOST) ufunc_hash_##KIND,
static PyUFuncGenericFunction hash[] = {HASHED(HASH) ufunc_hash_u8};
/* NumPy takes the first type that others, such as int16 or uint32, can be converted to: int64
 * stands before float64, which does not hold all of them.
 */
static char hash_types[] = {NPY_FLOAT,  NPY_UINT64, NPY_UINT64, NPY_UINT8, NPY_UINT64, NPY_UINT64,
                            NPY_INT32,  NPY_UINT64, NPY_UINT64, NPY_INT64, NPY_UINT64, NPY_UINT64,
                            NPY_DOUBLE, NPY_UINT64, NPY_UINT64, NPY_BOOL,  NPY_UINT64, NPY_UINT64};

static char one_types[] = {NPY_FLOAT, NPY_FLOAT, NPY_DOUBLE, NPY_DOUBLE};
static char two_types[] = {NPY_FLOAT, NPY_FLOAT, NPY_FLOAT, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
static char constant_types[] = {NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,
                                NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
static char weighted_types[] = {NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,
                                NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
static char to_pairs_types[] = {
    NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,
    NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
static char sum_types[] = {NPY_FLOAT, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
static char about_types[] = {NPY_FLOAT, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
static char rows_types[] = {NPY_FLOAT, NPY_INT64, NPY_FLOAT, NPY_DOUBLE, NPY_INT64, NPY_DOUBLE};
static char hinge_types[] = {NPY_FLOAT,  NPY_INT64, NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,
                             NPY_DOUBLE, NPY_INT64, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
/* Of so many arrays and constants; results of items are of their type, totals double. */
#define REPEAT_2(TYPE) TYPE, TYPE
#define REPEAT_3(TYPE) REPEAT_2(TYPE), TYPE
#define REPEAT_4(TYPE) REPEAT_3(TYPE), TYPE
#define REPEAT_5(TYPE) REPEAT_4(TYPE), TYPE
#define TYPES_OF_SHAPE(ARRAYS, CONSTANTS, BOTH)                                                    \
    static char items_##ARRAYS##_##CONSTANTS##_types[] = {REPEAT_##BOTH(NPY_FLOAT), NPY_FLOAT,     \
                                                          REPEAT_##BOTH(NPY_DOUBLE), NPY_DOUBLE};  \
    static char total_##ARRAYS##_##CONSTANTS##_types[] = {REPEAT_##BOTH(NPY_FLOAT), NPY_DOUBLE,    \
                                                          REPEAT_##BOTH(NPY_DOUBLE), NPY_DOUBLE};
TYPES_OF_SHAPE(2, 0, 2)
TYPES_OF_SHAPE(2, 1, 3)
TYPES_OF_SHAPE(2, 2, 4)
TYPES_OF_SHAPE(2, 3, 5)
TYPES_OF_SHAPE(3, 1, 4)
TYPES_OF_SHAPE(3, 2, 5)
#define ARRAYS_2 "(n),(n)"
#define ARRAYS_3 "(n),(n),(n)"
#define CONSTANTS_0 ""
#define CONSTANTS_1 ",()"
#define CONSTANTS_2 ",(),()"
#define CONSTANTS_3 ",(),(),()"
#define WITH_ENDS_2 "->(5)"
#define WITH_ENDS_3 "->(7)"
#define WITH_SIGNS_2 "->(6)"
#define WITH_SIGNS_3 "->(8)"
#define SLOPE_TYPES(MORE) {NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  NPY_FLOAT,  MORE(NPY_FLOAT) NPY_DOUBLE, \
                           NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE, MORE(NPY_DOUBLE) NPY_DOUBLE}
#define NO_MORE(TYPE)
#define ONE_MORE(TYPE) TYPE,
#define THREE_MORE(TYPE) TYPE, TYPE, TYPE,
static char total_and_slope_1_types[] = SLOPE_TYPES(NO_MORE);
static char total_and_slope_2_types[] = SLOPE_TYPES(ONE_MORE);
static char total_and_slope_4_types[] = SLOPE_TYPES(THREE_MORE);
static const char total_and_slope_1_signature[] = "(n),(n),(),(n)->(5)",
                  total_and_slope_2_signature[] = "(n),(n),(),(),(n)->(5)",
                  total_and_slope_4_signature[] = "(n),(n),(),(),(),(),(n)->(5)";
static char rows_slope_types[] = {NPY_FLOAT,  NPY_INT64, NPY_FLOAT,  NPY_FLOAT,  NPY_DOUBLE,
                                  NPY_DOUBLE, NPY_INT64, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
static char rows_total_0_types[] = {NPY_FLOAT,  NPY_INT64, NPY_DOUBLE,
                                    NPY_DOUBLE, NPY_INT64, NPY_DOUBLE};
static char rows_total_1_types[] = {NPY_FLOAT,  NPY_INT64, NPY_FLOAT,  NPY_DOUBLE,
                                    NPY_DOUBLE, NPY_INT64, NPY_DOUBLE, NPY_DOUBLE};
static char rows_total_2_types[] = {NPY_FLOAT,  NPY_INT64, NPY_FLOAT,  NPY_FLOAT,  NPY_DOUBLE,
                                    NPY_DOUBLE, NPY_INT64, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE};
#define ROWS_TOTAL_0 "(r,c),(r)->"
#define ROWS_TOTAL_1 "(r,c),(r),()->"
#define ROWS_TOTAL_2 "(r,c),(r),(),()->"
#define WITH_FOUND_4 "(5)"
#define WITH_FOUND_6 "(7)"
#define SLICE_TYPES(KIND, CODE) KIND, KIND, CODE, NPY_DOUBLE, NPY_DOUBLE, NPY_DOUBLE
static char slice_types[] = {
    SLICE_TYPES(NPY_FLOAT, NPY_UINT8),  SLICE_TYPES(NPY_FLOAT, NPY_INT32),
    SLICE_TYPES(NPY_FLOAT, NPY_INT64),  SLICE_TYPES(NPY_DOUBLE, NPY_UINT8),
    SLICE_TYPES(NPY_DOUBLE, NPY_INT32), SLICE_TYPES(NPY_DOUBLE, NPY_INT64)};

static const all_loops *chosen(void) {
    const char *wanted = getenv("LOSSCTL_NATIVE");
#if defined(__x86_64__)
    int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("bmi2");
    int v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
    if (wanted != NULL && strcmp(wanted, "v2") == 0) return &loops_base;
    if (wanted != NULL && strcmp(wanted, "v3") == 0) v4 = 0;
    if (v4) return &loops_v4;
    if (v3) return &loops_v3;
#endif
    return &loops_base;
}

static int execute(PyObject *module) {
    import_array1(-1);
    import_umath1(-1);
    loops = *chosen();
    if (PyModule_AddStringConstant(module, "LEVEL", loops.level) < 0) return -1;
#define ADD(NAME, FUNCTIONS, TYPES, INPUTS, OUTPUTS, SIGNATURE)                                    \
    if (add(module, #NAME, FUNCTIONS, (void *[]){&loops.f32.NAME, &loops.f64.NAME}, 2, TYPES,      \
            INPUTS, OUTPUTS, SIGNATURE) < 0)                                                       \
        return -1;
#define ADD_TOTAL(NAME, CONSTANTS) ADD_TOTAL_OF(NAME, 2, CONSTANTS)
#define ADD_TOTAL_OF(NAME, ARRAYS, CONSTANTS)                                                      \
    ADD_TOTALS(NAME, ARRAYS, CONSTANTS, wide_total, WITH_ENDS_##ARRAYS)
#define ADD_TOTALS(NAME, ARRAYS, CONSTANTS, WIDE, RESULTS)                                         \
    ADD(NAME##_total, total_##ARRAYS##_##CONSTANTS, total_##ARRAYS##_##CONSTANTS##_types,          \
        ARRAYS + CONSTANTS, 1, ARRAYS_##ARRAYS CONSTANTS_##CONSTANTS "->()")                       \
    ADD_WIDE(NAME, WIDE##_##ARRAYS##_##CONSTANTS, total_##ARRAYS##_##CONSTANTS##_types,            \
             ARRAYS + CONSTANTS, ARRAYS_##ARRAYS CONSTANTS_##CONSTANTS RESULTS)
#define ADD_ITEMS_OF(NAME, ARRAYS, CONSTANTS)                                                      \
    ADD(NAME, items_##ARRAYS##_##CONSTANTS, items_##ARRAYS##_##CONSTANTS##_types,                  \
        ARRAYS + CONSTANTS, 1, NULL)
#define ADD_SIGNED_TOTAL(NAME, ARRAYS, CONSTANTS)                                                  \
    ADD_TOTALS(NAME, ARRAYS, CONSTANTS, signed_total, WITH_SIGNS_##ARRAYS)
#define ADD_WIDE(NAME, FUNCTIONS, TYPES, INPUTS, SIGNATURE)                                        \
    if (add(module, #NAME "_total_and_ends", FUNCTIONS,                                            \
            (void *[]){&loops.f32.NAME##_total, &loops.f64.NAME##_total}, 2, TYPES, INPUTS, 1,     \
            SIGNATURE) < 0)                                                                        \
        return -1;
#define ADD_SLOPE(NAME, CONSTANTS)                                                                 \
    ADD(NAME##_total_and_slope, total_and_slope_##CONSTANTS, total_and_slope_##CONSTANTS##_types,  \
        3 + CONSTANTS, 1, total_and_slope_##CONSTANTS##_signature)
#define ADD_ONE(NAME) ADD(NAME, one, one_types, 1, 1, NULL)
#define ADD_TWO(NAME) ADD(NAME, two, two_types, 2, 1, NULL)
#define ADD_CONSTANT(NAME) ADD(NAME, constant, constant_types, 3, 1, NULL)
#define ADD_PAIR(NAME) ADD(NAME, one_to_two, two_types, 1, 2, NULL)
    ONE(ADD_ONE)
    TWO(ADD_TWO)
    TWO_AND_CONSTANT(ADD_CONSTANT)
    ONE_TO_TWO(ADD_PAIR)
    ADD(focal_nll, weighted, weighted_types, 5, 1, NULL)
    ADD(focal_slope, weighted, weighted_types, 5, 1, NULL)
    ADD(vector_sum, sum, sum_types, 1, 1, "(n)->()")
    ADD(squared_deviations, about, about_types, 2, 1, "(n),()->()")
    ADD(true_class_nll, to_numbers, rows_types, 2, 1, "(c),()->()")
    ADD(true_class_slope, to_rows, rows_types, 2, 1, "(c),()->(c)")
    ADD(true_class_score, to_numbers, rows_types, 2, 1, "(c),()->()")
    ADD(kl_of_logits, pairs_to_numbers, two_types, 2, 1, "(c),(c)->()")
    ADD(weighted_nll_vjp, pairs_to_rows, two_types, 2, 1, "(c),(c)->(c)")
    ADD(class_hinge_mean, hinges_to_numbers, hinge_types, 4, 1, "(c),(),(),()->()")
    ADD(class_hinge_slope, hinges_to_rows, hinge_types, 4, 1, "(c),(),(),()->(c)")
    TOTALS(ADD_TOTAL)
    SLOPES(ADD_SLOPE)
    ITEMS(ADD_ITEMS_OF)
    ITEM_SLOPES(ADD_ITEMS_OF)
    UNSIGNED_ITEMS(ADD_TOTAL_OF)
    SIGNED_ITEMS(ADD_SIGNED_TOTAL)
    ADD(overlap_sums, overlaps, total_2_0_types, 2, 1, "(n),(n)->(9)")
    ADD(overlap_sums_of_logits, overlaps, total_2_0_types, 2, 1, "(n),(n)->(9)")
    ADD(true_class_nll_total_and_slope, rows_total_and_slope, rows_slope_types, 4, 1,
        "(r,c),(r),(),(r,c)->(5)")
#define ADD_ROW_TOTAL(NAME, CONSTANTS, FOUND)                                                      \
    ADD(NAME##_total, NAME##_total, rows_total_##CONSTANTS##_types, 2 + CONSTANTS, 1,              \
        ROWS_TOTAL_##CONSTANTS "()")                                                               \
    ADD_WIDE(NAME, wide_##NAME##_total, rows_total_##CONSTANTS##_types, 2 + CONSTANTS,             \
             ROWS_TOTAL_##CONSTANTS WITH_FOUND_##FOUND)
    ROW_TOTALS(ADD_ROW_TOTAL)
    ADD(kl_of_logits_total, pairs_total, total_2_0_types, 2, 1, "(r,c),(r,c)->()")
    ADD_WIDE(kl_of_logits, wide_pairs_total, total_2_0_types, 2, "(r,c),(r,c)->(9)")
    ADD(inner_products, pairs_to_one, two_types, 2, 1, "(n,d),(n,d)->(n)")
    ADD(row_products, pairs_to_three, two_types, 2, 1, "(n,d),(n,d)->(3,n)")
    ADD(squared_distances, moved_pairs_to_one, constant_types, 3, 1, "(n,d),(n,d),()->(n)")
    ADD(perpendicular_parts, to_pairs, to_pairs_types, 7, 1,
        "(n,d),(n,d),(n),(n),(n),(n),(n)->(2,n,d)")
    void *by_slice[6];
    for (int code = 0; code < 3; code++) {
        by_slice[code] = &loops.f32.slice_sums[code];
        by_slice[3 + code] = &loops.f64.slice_sums[code];
    }
    if (add(module, "slice_sums", slices, by_slice, 6, slice_types, 5, 1,
            "(n),(n),(n),(),()->(k,3)") < 0)
        return -1;
#define HASH_PLACE(KIND, TYPE, LOST) &loops.KIND##_hash,
    return add(module, "hash_in_places", hash, (void *[]){HASHED(HASH_PLACE) &loops.u8_hash}, 6,
               hash_types, 2, 1, "(n),(n)->()");
}

static PyMethodDef methods[] = {
    {"extent", extent, METH_O, NULL},
    {"are_two", (PyCFunction)(void (*)(void))are_two, METH_FASTCALL, NULL},
#ifdef __SIZEOF_INT128__
    {"number_lines", (PyCFunction)(void (*)(void))number_lines, METH_FASTCALL, NULL},
#endif
    {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};
static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_native", "Compiled loops of lossctl.kernels.primitives.", 0, methods,
    slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&definition); }
