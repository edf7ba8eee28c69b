/* Loops over whole arrays as functions of Python. NumPy would call such a loop too, as a generalized
 * universal function, but holds the lock of the interpreter unless it is repeated more than 500
 * times: threads would take turns. Here the lock is held for small arrays alone.
 */

#define MOST_ARRAYS 6
#define MOST_AXES 2
#define MOST_STEPS (MOST_ARRAYS * (1 + MOST_AXES))
#define FEW 4096 /* numbers that take no longer than to give up the lock */

/* A loop of each type, and its arrays: axes by letter, of which `o` is what NumPy would repeat it
 * over, or of a length, as in "(o,c),(o)->(o)" and "(n)->(2)". An array for results that is given
 * is written to.
 */
typedef struct {
    PyMethodDef method;
    const PyUFuncGenericFunction *functions;
    const char *types, *signature;
    int count, inputs;
    void *members[6];
} whole_loop;

typedef struct {
    npy_intp sizes[128], dims[1 + MOST_ARRAYS], outer[MOST_ARRAYS], core[MOST_STEPS];
    int letters, steps;
} whole_shape;

/* Read the axes of the next array of a signature; return how many, and where the next begins. */
static int axes_of(const char **signature, char *axes) {
    int count = 0;
    const char *at = strchr(*signature, '(') + 1;
    for (; *at != ')'; at++)
        if (*at != ',') axes[count++] = *at;
    *signature = at;
    return count;
}

/* Note the lengths and steps of an array; return whether they fit those of the others. */
static int note(whole_shape *shape, PyArrayObject *array, const char *axes, int count, int at) {
    shape->outer[at] = 0;
    for (int axis = 0; axis < count; axis++) {
        unsigned char letter = (unsigned char)axes[axis];
        npy_intp size = PyArray_DIM(array, axis), step = PyArray_STRIDE(array, axis);
        if (shape->sizes[letter] < 0) {
            shape->sizes[letter] = size;
            if (letter == 'o') shape->dims[0] = size;
            else if (letter > '9') shape->dims[++shape->letters] = size;
        }
        if (shape->sizes[letter] != size) return 0;
        if (letter == 'o') shape->outer[at] = step;
        else shape->core[shape->steps++] = step;
    }
    return 1;
}

/* Whether the loop of a type takes these arrays without loss; numbers it takes as they come. */
static int takes(const whole_loop *loop, PyArrayObject *const *arrays, const char *types) {
    for (int at = 0; at < loop->inputs; at++)
        if (PyArray_NDIM(arrays[at]) > 0 && !PyArray_CanCastSafely(PyArray_TYPE(arrays[at]), types[at]))
            return 0;
    return 1;
}

static PyObject *run_whole(const whole_loop *loop, int which, PyArrayObject **arrays, PyObject *out) {
    const char *types = loop->types + which * (loop->inputs + 1), *signature = loop->signature;
    whole_shape shape = {.dims = {1}};
    npy_intp numbers = 0, lengths[MOST_AXES], steps[MOST_STEPS];
    char axes[MOST_AXES + 1], *places[MOST_ARRAYS];
    union { double number; npy_bool truth; } one = {0};
    for (int at = 0; at < 128; at++) shape.sizes[at] = at >= '0' && at <= '9' ? at - '0' : -1;
    for (int at = 0; at <= loop->inputs; at++) {
        int count = axes_of(&signature, axes), last = at == loop->inputs;
        if (last && count > 0) {
            for (int axis = 0; axis < count; axis++) lengths[axis] = shape.sizes[(int)axes[axis]];
            PyObject *result = out == NULL ? PyArray_SimpleNew(count, lengths, types[at])
                                           : PyArray_FROM_OTF(out, types[at], NPY_ARRAY_BEHAVED);
            if (result != NULL && out != NULL && result != out) {
                PyErr_Format(PyExc_TypeError, "%s: results have another type", loop->method.ml_name);
                Py_CLEAR(result);
            }
            arrays[at] = (PyArrayObject *)result;
        } else if (!last) {
            PyObject *given = (PyObject *)arrays[at];
            arrays[at] = (PyArrayObject *)PyArray_FROM_OTF(
                given, types[at], NPY_ARRAY_ALIGNED | NPY_ARRAY_NOTSWAPPED | NPY_ARRAY_FORCECAST);
            Py_DECREF(given);
        } else {
            places[at] = (char *)&one;
            shape.outer[at] = 0;
            break;
        }
        if (arrays[at] == NULL) return NULL;
        if (PyArray_NDIM(arrays[at]) != count || !note(&shape, arrays[at], axes, count, at)) {
            PyErr_Format(PyExc_ValueError, "%s: shapes do not fit %s", loop->method.ml_name,
                         loop->signature);
            return NULL;
        }
        places[at] = PyArray_BYTES(arrays[at]);
        numbers += PyArray_SIZE(arrays[at]);
    }
    int count = loop->inputs + 1;
    memcpy(steps, shape.outer, (size_t)count * sizeof(npy_intp));
    memcpy(steps + count, shape.core, (size_t)shape.steps * sizeof(npy_intp));
    PyUFuncGenericFunction run = loop->functions[which];
    if (numbers > FEW) {
        Py_BEGIN_ALLOW_THREADS
        run(places, shape.dims, steps, loop->members[which]);
        Py_END_ALLOW_THREADS
    } else {
        run(places, shape.dims, steps, loop->members[which]);
    }
    if (places[loop->inputs] == (char *)&one)
        return types[loop->inputs] == NPY_BOOL ? PyBool_FromLong(one.truth)
                                               : PyFloat_FromDouble(one.number);
    return Py_NewRef((PyObject *)arrays[loop->inputs]);
}

static PyObject *call_whole(PyObject *self, PyObject *const *given, Py_ssize_t number) {
    const whole_loop *loop = PyCapsule_GetPointer(self, NULL);
    if (loop == NULL) return NULL;
    if (number != loop->inputs && number != loop->inputs + 1)
        return PyErr_Format(PyExc_TypeError, "%s takes %d arguments, and maybe an array for results",
                            loop->method.ml_name, loop->inputs);
    PyArrayObject *arrays[MOST_ARRAYS] = {NULL};
    PyObject *result = NULL;
    int which = 0;
    for (int at = 0; at < loop->inputs; at++) {
        arrays[at] = (PyArrayObject *)PyArray_FROM_O(given[at]);
        if (arrays[at] == NULL) goto end;
    }
    while (which < loop->count && !takes(loop, arrays, loop->types + which * (loop->inputs + 1)))
        which++;
    if (which == loop->count)
        PyErr_Format(PyExc_TypeError, "%s takes no such types", loop->method.ml_name);
    else
        result = run_whole(loop, which, arrays, number > loop->inputs ? given[loop->inputs] : NULL);
end:
    for (int at = 0; at < MOST_ARRAYS; at++) Py_XDECREF((PyObject *)arrays[at]);
    return result;
}

/* Add a loop to the module, by whose name it is called; it is kept as long as the interpreter. */
static int add_whole(PyObject *module, const char *name, const PyUFuncGenericFunction *functions,
                     void *const *members, int count, const char *types, int inputs,
                     const char *signature) {
    whole_loop *loop = PyMem_Calloc(1, sizeof(whole_loop));
    if (loop == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *loop = (whole_loop){{name, (PyCFunction)(void (*)(void))call_whole, METH_FASTCALL, signature},
                         functions, types, signature, count, inputs, {NULL}};
    memcpy(loop->members, members, (size_t)count * sizeof(void *));
    PyObject *capsule = PyCapsule_New(loop, NULL, NULL);
    PyObject *function = capsule == NULL ? NULL : PyCFunction_NewEx(&loop->method, capsule, NULL);
    Py_XDECREF(capsule);
    if (function == NULL) return -1;
    int failed = PyModule_AddObjectRef(module, name, function);
    Py_DECREF(function);
    return failed;
}
