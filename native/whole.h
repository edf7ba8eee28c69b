/* Loops over whole arrays as functions of Python. NumPy would call such a loop too, as a generalized
 * universal function, but holds the lock of the interpreter unless it is repeated more than 500
 * times: threads would take turns. Here the lock is held for small arrays alone.
 */

#define MOST_ARRAYS 8
#define MOST_AXES 3
#define MOST_STEPS (MOST_ARRAYS * (1 + MOST_AXES))
#define FEW 4096 /* numbers that take no longer than to give up the lock */

/* A loop for each type, and the axes of its arrays by letter or length, as in "(c),()->()" and
 * "(n)->(2)". One more axis in front may be that of rows; what has none is the same for all.
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
    int letters, steps, has_rows;
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
    int rows = PyArray_NDIM(array) - count;
    if (rows < 0 || rows > 1) return 0;
    shape->outer[at] = rows ? PyArray_STRIDE(array, 0) : 0;
    if (rows && !shape->has_rows) shape->dims[0] = PyArray_DIM(array, 0);
    else if (rows && shape->dims[0] != PyArray_DIM(array, 0)) return 0;
    shape->has_rows |= rows;
    for (int axis = 0; axis < count; axis++) {
        unsigned char letter = (unsigned char)axes[axis];
        npy_intp size = PyArray_DIM(array, rows + axis);
        if (shape->sizes[letter] < 0) shape->sizes[letter] = shape->dims[++shape->letters] = size;
        if (shape->sizes[letter] != size) return 0;
        shape->core[shape->steps++] = PyArray_STRIDE(array, rows + axis);
    }
    return 1;
}

/* Whether the loop of a type takes these arrays, as they are or converted without loss; numbers
 * it takes as they come.
 */
static int takes(const whole_loop *loop, PyArrayObject *const *arrays, const char *types, int exact) {
    for (int at = 0; at < loop->inputs; at++) {
        int type = PyArray_TYPE(arrays[at]);
        if (PyArray_NDIM(arrays[at]) > 0 && type != types[at] &&
            (exact || !PyArray_CanCastSafely(type, types[at])))
            return 0;
    }
    return 1;
}

static int number_of(const whole_loop *loop, PyArrayObject *const *arrays) {
    for (int exact = 1; exact >= 0; exact--)
        for (int which = 0; which < loop->count; which++)
            if (takes(loop, arrays, loop->types + which * (loop->inputs + 1), exact)) return which;
    PyErr_Format(PyExc_TypeError, "%s takes no such types", loop->method.ml_name);
    return -1;
}

/* Return the array for results: a new one, or the one that is given. */
static PyObject *results(const whole_loop *loop, const whole_shape *shape, const char *axes, int count,
                         int type, PyObject *given) {
    if (given != NULL) {
        PyObject *found = PyArray_FROM_OTF(given, type, NPY_ARRAY_BEHAVED);
        if (found == NULL || found == given) return found;
        Py_DECREF(found);
        return PyErr_Format(PyExc_TypeError, "%s: results have another type", loop->method.ml_name);
    }
    npy_intp lengths[1 + MOST_AXES] = {shape->dims[0]};
    for (int axis = 0; axis < count; axis++)
        lengths[shape->has_rows + axis] = shape->sizes[(int)axes[axis]];
    return PyArray_SimpleNew(shape->has_rows + count, lengths, type);
}

static PyObject *run_whole(const whole_loop *loop, PyArrayObject **arrays, PyObject *out) {
    int which = number_of(loop, arrays), last = loop->inputs;
    if (which < 0) return NULL;
    const char *types = loop->types + which * (last + 1), *signature = loop->signature;
    whole_shape shape = {.dims = {1}};
    npy_intp numbers = 0, steps[MOST_STEPS];
    char axes[MOST_AXES + 1], *places[MOST_ARRAYS];
    union { double number; float single; npy_bool truth; npy_uint64 bits; } one = {0};
    for (int at = 0; at < 128; at++) shape.sizes[at] = -1;
    for (int at = '0'; at <= '9'; at++) shape.sizes[at] = at - '0';
    for (int at = 0; at <= last; at++) {
        int count = axes_of(&signature, axes);
        if (at == last && count == 0 && !shape.has_rows) {
            places[at] = (char *)&one;
            shape.outer[at] = 0;
            break;
        }
        if (at == last) {
            arrays[at] = (PyArrayObject *)results(loop, &shape, axes, count, types[at], out);
        } else {
            PyObject *given = (PyObject *)arrays[at];
            arrays[at] = (PyArrayObject *)PyArray_FROM_OTF(
                given, types[at], NPY_ARRAY_ALIGNED | NPY_ARRAY_NOTSWAPPED | NPY_ARRAY_FORCECAST);
            Py_DECREF(given);
        }
        if (arrays[at] == NULL) return NULL;
        if (!note(&shape, arrays[at], axes, count, at))
            return PyErr_Format(PyExc_ValueError, "%s: shapes do not fit %s", loop->method.ml_name,
                                loop->signature);
        places[at] = PyArray_BYTES(arrays[at]);
        numbers += PyArray_SIZE(arrays[at]);
    }
    memcpy(steps, shape.outer, (size_t)(last + 1) * sizeof(npy_intp));
    memcpy(steps + last + 1, shape.core, (size_t)shape.steps * sizeof(npy_intp));
    PyUFuncGenericFunction run = loop->functions[which];
    if (numbers > FEW) {
        Py_BEGIN_ALLOW_THREADS
        run(places, shape.dims, steps, loop->members[which]);
        Py_END_ALLOW_THREADS
    } else {
        run(places, shape.dims, steps, loop->members[which]);
    }
    if (places[last] != (char *)&one) return Py_NewRef((PyObject *)arrays[last]);
    if (types[last] == NPY_BOOL) return PyBool_FromLong(one.truth);
    if (types[last] == NPY_UINT64) return PyLong_FromUnsignedLongLong(one.bits);
    return PyFloat_FromDouble(types[last] == NPY_FLOAT ? (double)one.single : one.number);
}

static PyObject *call_whole(PyObject *self, PyObject *const *given, Py_ssize_t number) {
    const whole_loop *loop = PyCapsule_GetPointer(self, NULL);
    if (loop == NULL) return NULL;
    if (number != loop->inputs && number != loop->inputs + 1)
        return PyErr_Format(PyExc_TypeError, "%s takes %d arguments, and maybe an array for results",
                            loop->method.ml_name, loop->inputs);
    PyArrayObject *arrays[MOST_ARRAYS] = {NULL};
    int at = 0;
    for (; at < loop->inputs; at++) {
        arrays[at] = (PyArrayObject *)PyArray_FROM_O(given[at]);
        if (arrays[at] == NULL) break;
    }
    PyObject *result = NULL;
    if (at == loop->inputs) result = run_whole(loop, arrays, number > at ? given[at] : NULL);
    for (at = 0; at < MOST_ARRAYS; at++) Py_XDECREF((PyObject *)arrays[at]);
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
