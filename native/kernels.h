/* All loops of one level of instructions. The files level_*.c choose the level and name the table:
 * LOOPS_NAME and LEVEL.
 */

#include "elementary.h"
#include "table.h"

#define NUMBER float
#define OF(NAME) f32_##NAME
#define SAFE_LEAST 1e-30f /* of sums of exponentials, so far from the ends of the range that no */
#define SAFE_MOST 1e30f   /* digit of them was lost there */
#include "composites.h"
#include "maps.h"
#include "rows.h"
#undef NUMBER
#undef OF
#undef SAFE_LEAST
#undef SAFE_MOST

#define NUMBER double
#define OF(NAME) f64_##NAME
#define SAFE_LEAST 1e-290
#define SAFE_MOST 1e290
#include "composites.h"
#include "maps.h"
#include "rows.h"

#define MEMBERS(KIND)                                                                              \
    {ONE(KIND##_ENTRY) TWO(KIND##_ENTRY) TWO_AND_CONSTANT(KIND##_ENTRY) ONE_TO_TWO(KIND##_ENTRY)   \
     KIND##_vector_sum, KIND##_true_class_nll_rows, KIND##_true_class_slope_rows}
#define f32_ENTRY(NAME) f32_##NAME##_map,
#define f64_ENTRY(NAME) f64_##NAME##_map,

const all_loops LOOPS_NAME = {LEVEL, MEMBERS(f32), MEMBERS(f64)};
