/* Columns of numbers from lines of text that are alike but for their numbers, as those of csv files
 * and of JSON lines are. A number is one of JSON, of at most 19 digits, and is rounded correctly
 * by the leading 128 bits of a power of five (Mushtak and Lemire 2023, arXiv:2212.06644). Whatever
 * else a line holds is refused, and left to parsers that know more. Included once, by module.c.
 */

#define EXACT UINT64_C(9007199254740992) /* 2^53, up to which float64 holds every integer */
#define MOST_LITERAL 8                   /* bytes that are compared as one word */
#define LEAST_POWER (-342)
#define GREATEST_POWER 308

/* What stands between two numbers. */
typedef struct {
    const char *text;
    Py_ssize_t length;
    uint64_t word, mask; /* of the first bytes */
} literal;

typedef struct {
    const char *at, *end;
    const uint64_t *powers; /* two words for each power of five, the leading one first */
} scanner;

static inline int is_digit(char letter) { return (unsigned char)(letter - '0') < 10; }

static inline int passes(scanner *text, const literal *expected) {
    if (text->end - text->at >= MOST_LITERAL) {
        uint64_t word;
        memcpy(&word, text->at, sizeof word);
        if ((word ^ expected->word) & expected->mask) return 0;
        if (expected->length > MOST_LITERAL && (text->end - text->at < expected->length ||
                                                memcmp(text->at, expected->text, expected->length)))
            return 0;
    } else if (text->end - text->at < expected->length ||
               memcmp(text->at, expected->text, expected->length))
        return 0;
    text->at += expected->length;
    return 1;
}

/* Add the digits that are next to an integer, which wraps around where there are more than 19. */
static inline uint64_t digits(scanner *text, uint64_t number) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    /* eight at a time, as bytes of one word; fewer with zeros before them, without a branch that
     * lengths that differ would mislead
     */
    static const uint64_t scales[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    while (text->end - text->at >= 8) {
        uint64_t word;
        memcpy(&word, text->at, sizeof word);
        uint64_t values = word - UINT64_C(0x3030303030303030);
        uint64_t others = (values | (word + UINT64_C(0x4646464646464646))) & UINT64_C(0x8080808080808080);
        int count = others ? __builtin_ctzll(others) >> 3 : 8;
        if (others) values = values << 8 * (7 - count) << 8;
        values = values * 10 + (values >> 8);
        uint64_t even = (values & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x000f424000000064);
        uint64_t odd = (values >> 16 & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x0000271000000001);
        number = number * scales[count] + ((even + odd) >> 32);
        text->at += count;
        if (others) return number;
    }
#endif
    /* text ends with a zero byte, which is no digit */
    for (; is_digit(*text->at); text->at++) number = number * 10 + (uint64_t)(*text->at - '0');
    return number;
}

/* Round number * 10^power to the bits of float64; 0 where it is not a normal number. */
static inline int rounded(uint64_t number, int64_t power, const uint64_t *powers, uint64_t *bits) {
    if (power < LEAST_POWER || power > GREATEST_POWER) return 0;
    int zeros = __builtin_clzll(number);
    number <<= zeros;
    const uint64_t *five = powers + 2 * (power - LEAST_POWER);
    unsigned __int128 product = (unsigned __int128)number * five[0];
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if ((high & 0x1ff) == 0x1ff) { /* what follows the leading bits may carry */
        uint64_t more = (uint64_t)((unsigned __int128)number * five[1] >> 64);
        low += more;
        high += low < more;
    }
    int top = (int)(high >> 63), shift = top + 9;
    uint64_t mantissa = high >> shift;
    int64_t exponent = ((217706 * power) >> 16) + 63 + top - zeros + 1023;
    if (exponent <= 0) return 0;
    /* a tie between two numbers goes to the even one */
    if (low <= 1 && power >= -4 && power <= 23 && (mantissa & 3) == 1 &&
        mantissa << shift == high)
        mantissa &= ~UINT64_C(1);
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    if (mantissa >> 53) {
        mantissa >>= 1;
        exponent++;
    }
    if (exponent >= 2047) return 0;
    *bits = (mantissa & (EXACT / 2 - 1)) | (uint64_t)exponent << 52;
    return 1;
}

/* Read a number; 0 where there is none that is sure to be read as JSON and csv readers read it. */
static inline int scan_number(scanner *text, double *value, int *whole) {
    int negative = *text->at == '-';
    text->at += negative;
    const char *start = text->at;
    int64_t power = 0;
    uint64_t number = 0;
    if (is_digit(*text->at)) number = (uint64_t)(*text->at++ - '0');
    if (is_digit(*text->at)) number = digits(text, number);
    Py_ssize_t count = text->at - start;
    if (count == 0 || (count > 1 && *start == '0')) return 0;
    int is_whole = 1;
    if (*text->at == '.') {
        const char *point = text->at++;
        number = digits(text, number);
        Py_ssize_t decimals = text->at - point - 1;
        if (decimals == 0) return 0;
        power = -decimals;
        count += decimals;
        is_whole = 0;
    }
    if (count > 19) { /* zeros before others do not count */
        for (; *start == '0' || *start == '.'; start++) count -= *start == '0';
        if (count > 19) return 0;
    }
    if (*text->at == 'e' || *text->at == 'E') {
        text->at++;
        int below = *text->at == '-';
        text->at += below || *text->at == '+';
        const char *first = text->at;
        int64_t given = 0;
        for (; is_digit(*text->at); text->at++)
            if (given < 100000) given = given * 10 + (*text->at - '0');
        if (text->at == first) return 0;
        power += below ? -given : given;
        is_whole = 0;
    }
    /* -0 is an integer in JSON, which has no sign, and in others a float, which has */
    if (is_whole && (number > EXACT - 1 || (negative && number == 0))) return 0;
    *whole &= is_whole;
    uint64_t bits = 0;
    if (number != 0 && !rounded(number, power, text->powers, &bits)) return 0;
    bits |= (uint64_t)negative << 63;
    memcpy(value, &bits, sizeof bits);
    return 1;
}

/* Pass over what is no number to the byte that ends it, in the same line, without quotes and marks
 * between cells.
 */
static inline int skip(scanner *text, char until, char mark) {
    for (; text->at < text->end && *text->at != until; text->at++)
        if (*text->at == '\n' || *text->at == '\r' || *text->at == '"' || *text->at == mark) return 0;
    return 1;
}

/* Read all lines; 0 where one is not like the others. The numbers of column c, one a line, go to
 * columns[c], or nowhere; kinds[c] is 's' for cells that are passed over unread.
 */
static int scan_lines(scanner *text, const literal *literals, const char *kinds, Py_ssize_t width,
                      double *const *columns, int *whole, Py_ssize_t rows) {
    for (Py_ssize_t row = 0; row < rows; row++) {
        if (!passes(text, &literals[0])) return 0;
        for (Py_ssize_t c = 0; c < width; c++) {
            const literal *next = &literals[c + 1];
            double number;
            if (kinds[c] == 's') {
                char until = next->length ? next->text[0] : '\n';
                if (!skip(text, until, literals[c].length ? literals[c].text[0] : until)) return 0;
            } else {
                if (!scan_number(text, &number, &whole[c])) return 0;
                if (columns[c] != NULL) columns[c][row] = number;
            }
            if (!passes(text, next)) return 0;
        }
        if (text->at < text->end && *text->at++ != '\n') return 0;
    }
    return text->at == text->end;
}

static Py_ssize_t lines_in(const char *text, Py_ssize_t length) {
    Py_ssize_t breaks = 0;
    for (Py_ssize_t i = 0; i < length; i++) breaks += text[i] == '\n';
    return breaks + (length > 0 && text[length - 1] != '\n');
}

/* number_lines(text, literals, kinds, powers): the numbers of columns whose kind is 'n' as the bytes
 * of float64, each with whether all are written as integers, in a list; None where a line is not
 * like the others. Columns of kind 'c' are checked and not kept.
 */
static PyObject *number_lines(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    (void)module;
    if (count != 4 || !PyTuple_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "number_lines takes text, literals, kinds and powers");
        return NULL;
    }
    char *text, *kinds, *powers;
    Py_ssize_t length, width, size, literals_given = PyTuple_Size(args[1]);
    if (PyBytes_AsStringAndSize(args[0], &text, &length) < 0 ||
        PyBytes_AsStringAndSize(args[2], &kinds, &width) < 0 ||
        PyBytes_AsStringAndSize(args[3], &powers, &size) < 0)
        return NULL;
    if (literals_given != width + 1 ||
        size != 2 * (GREATEST_POWER - LEAST_POWER + 1) * (Py_ssize_t)sizeof(uint64_t)) {
        PyErr_SetString(PyExc_ValueError, "number_lines: other literals or powers than it needs");
        return NULL;
    }
    PyObject *found = NULL;
    literal *literals = PyMem_Calloc((size_t)width + 1, sizeof *literals);
    double **columns = PyMem_Calloc((size_t)width + 1, sizeof *columns);
    PyObject **held = PyMem_Calloc((size_t)width + 1, sizeof *held);
    int *whole = PyMem_Calloc((size_t)width + 1, sizeof *whole);
    if (literals == NULL || columns == NULL || held == NULL || whole == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i <= width; i++) {
        char *start;
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(args[1], i), &start, &literals[i].length) < 0)
            goto done;
        literals[i].text = start;
        Py_ssize_t held_bytes = literals[i].length < MOST_LITERAL ? literals[i].length : MOST_LITERAL;
        memcpy(&literals[i].word, start, (size_t)held_bytes);
        memset(&literals[i].mask, 0xff, (size_t)held_bytes);
    }
    Py_ssize_t rows = lines_in(text, length);
    for (Py_ssize_t c = 0; c < width; c++) {
        whole[c] = 1;
        if (kinds[c] != 'n') continue;
        held[c] = PyBytes_FromStringAndSize(NULL, rows * (Py_ssize_t)sizeof(double));
        if (held[c] == NULL) goto done;
        columns[c] = (double *)PyBytes_AsString(held[c]);
    }
    scanner at = {text, text + length, (const uint64_t *)powers};
    int alike;
    Py_BEGIN_ALLOW_THREADS
    alike = scan_lines(&at, literals, kinds, width, columns, whole, rows);
    Py_END_ALLOW_THREADS
    if (!alike) {
        found = Py_NewRef(Py_None);
        goto done;
    }
    found = PyList_New(0);
    for (Py_ssize_t c = 0; c < width && found != NULL; c++) {
        if (held[c] == NULL) continue;
        PyObject *column = Py_BuildValue("(OO)", held[c], whole[c] ? Py_True : Py_False);
        if (column == NULL || PyList_Append(found, column) < 0) Py_CLEAR(found);
        Py_XDECREF(column);
    }
done:
    for (Py_ssize_t c = 0; held != NULL && c < width; c++) Py_XDECREF(held[c]);
    PyMem_Free(literals);
    PyMem_Free(columns);
    PyMem_Free(held);
    PyMem_Free(whole);
    return found;
}
