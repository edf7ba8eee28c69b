/* The ends of the numbers of an array, and whether each is one of two, as functions of Python: every
 * call asks for them, of few numbers, so nothing is made an array on the way.
 */

/* Whether the axes do not matter: numbers lie one after the other, as the processor reads them. */
static int in_line(PyArrayObject *array) {
    return (PyArray_IS_C_CONTIGUOUS(array) || PyArray_IS_F_CONTIGUOUS(array)) &&
           PyArray_ISALIGNED(array) && PyArray_ISNOTSWAPPED(array);
}

/* extent(x): the least and the greatest number of float32, float64 or few of int64; None of others. */
static PyObject *extent(PyObject *module, PyObject *given) {
    (void)module;
    PyArrayObject *array = (PyArrayObject *)given;
    if (!PyArray_Check(given) || !in_line(array)) Py_RETURN_NONE;
    const npy_intp n = PyArray_SIZE(array);
    const void *x = PyArray_DATA(array);
    double ends[2];
    PyThreadState *others = NULL;
    switch (PyArray_TYPE(array)) {
    case NPY_FLOAT: {
        float found[2];
        if (n > FEW) others = PyEval_SaveThread();
        loops.f32.extent(x, n, found);
        ends[0] = (double)found[0];
        ends[1] = (double)found[1];
        break;
    }
    case NPY_DOUBLE:
        if (n > FEW) others = PyEval_SaveThread();
        loops.f64.extent(x, n, ends);
        break;
    case NPY_INT64: {
        const npy_int64 *whole = x;
        if (n > FEW || n == 0) Py_RETURN_NONE; /* NumPy has vectors for many */
        npy_int64 low = whole[0], high = whole[0];
        for (npy_intp i = 1; i < n; i++) {
            low = whole[i] < low ? whole[i] : low;
            high = whole[i] > high ? whole[i] : high;
        }
        ends[0] = (double)low;
        ends[1] = (double)high;
        break;
    }
    default: Py_RETURN_NONE;
    }
    if (others != NULL) PyEval_RestoreThread(others);
    feclearexcept(FE_ALL_EXCEPT);
    return Py_BuildValue("(dd)", ends[0], ends[1]);
}

/* are_two(x, a, b): whether each number of float32 or float64 is a or b; None of others. */
static PyObject *are_two(PyObject *module, PyObject *const *given, Py_ssize_t count) {
    (void)module;
    if (count != 3) return PyErr_Format(PyExc_TypeError, "are_two takes an array and two numbers");
    const double a = PyFloat_AsDouble(given[1]), b = PyFloat_AsDouble(given[2]);
    if (PyErr_Occurred()) return NULL;
    PyArrayObject *array = (PyArrayObject *)given[0];
    if (!PyArray_Check(given[0]) || !in_line(array)) Py_RETURN_NONE;
    const int type = PyArray_TYPE(array);
    if (type != NPY_FLOAT && type != NPY_DOUBLE) Py_RETURN_NONE;
    const void *x = PyArray_DATA(array);
    npy_intp n = PyArray_SIZE(array), first = n > FEW ? FEW : n; /* which usually settle it */
    int found = type == NPY_FLOAT ? loops.f32.are_two(x, (float)a, (float)b, first)
                                  : loops.f64.are_two(x, a, b, first);
    if (found && first < n) {
        Py_BEGIN_ALLOW_THREADS
        found = type == NPY_FLOAT ? loops.f32.are_two(x, (float)a, (float)b, n)
                                  : loops.f64.are_two(x, a, b, n);
        Py_END_ALLOW_THREADS
    }
    feclearexcept(FE_ALL_EXCEPT);
    return PyBool_FromLong(found);
}
