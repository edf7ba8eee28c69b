/* All loops of one level of instructions. The files level_*.c choose the level and name the table:
 * LOOPS_NAME and LEVEL.
 */

#include "elementary.h"
#include "series.h"
#include "table.h"

#define NUMBER float
#define OF(NAME) f32_##NAME
#define SAFE_LEAST 1e-18f /* of sums of exponentials whose quotients stay far from the ends of the */
#define SAFE_MOST 1e18f   /* range, so that no digit of them is lost there */
#define FAR_APART 0x1p110f
#define SCALE 0x1p80f
#define LOG_OF_SCALES 110.90354888959125f /* of its square */
#include "composites.h"
#include "maps.h"
#include "sums.h"
#include "rows.h"
#include "totals.h"
#include "squares.h"
#include "beside.h"
#include "row_totals.h"
#include "slopes.h"
#include "embeddings.h"
#include "slices.h"
#undef NUMBER
#undef OF
#undef SAFE_LEAST
#undef SAFE_MOST
#undef FAR_APART
#undef SCALE
#undef LOG_OF_SCALES

#define NUMBER double
#define OF(NAME) f64_##NAME
#define SAFE_LEAST 1e-150
#define SAFE_MOST 1e150
#define FAR_APART 0x1p600
#define SCALE 0x1p540
#define LOG_OF_SCALES 748.5989550047409
#include "composites.h"
#include "maps.h"
#include "sums.h"
#include "rows.h"
#include "totals.h"
#include "squares.h"
#include "beside.h"
#include "row_totals.h"
#include "slopes.h"
#include "embeddings.h"
#include "slices.h"

#include "hashes.h"

#define MEMBERS(KIND)                                                                              \
    {ONE(KIND##_ENTRY) TWO(KIND##_ENTRY) TWO_AND_CONSTANT(KIND##_ENTRY) ONE_TO_TWO(KIND##_ENTRY)   \
     KIND##_focal_nll_map, KIND##_focal_slope_map, KIND##_vector_sum, KIND##_squared_deviations,                           \
     KIND##_true_class_nll_rows, KIND##_true_class_slope_rows,                                     \
     KIND##_true_class_score_rows, KIND##_kl_of_logits_rows, KIND##_weighted_nll_vjp_rows,         \
     KIND##_class_hinge_mean_rows, KIND##_class_hinge_slope_rows,                                   \
     TOTALS(KIND##_TOTAL_ENTRY) ITEMS(KIND##_ITEMS_ENTRY) ITEM_SLOPES(KIND##_ITEM_SLOPE_ENTRY)     \
     SLOPES(KIND##_SLOPE_ENTRY) ROW_TOTALS(KIND##_ROW_TOTAL_ENTRY)                                 \
     KIND##_true_class_nll_total_and_slope, KIND##_kl_of_logits_total,                             \
     KIND##_extent, KIND##_are_two, KIND##_overlap_sums, KIND##_overlap_sums_of_logits,            \
     KIND##_inner_products_row, KIND##_row_products_row, KIND##_squared_distances_row,             \
     KIND##_perpendicular_parts_row, {CODES(KIND##_SLICES)}}
#define f32_ENTRY(NAME) f32_##NAME##_map,
#define f64_ENTRY(NAME) f64_##NAME##_map,
#define f32_TOTAL_ENTRY(NAME, CONSTANTS) f32_##NAME##_total,
#define f64_TOTAL_ENTRY(NAME, CONSTANTS) f64_##NAME##_total,
#define f32_ITEMS_ENTRY(NAME, ARRAYS, CONSTANTS) f32_##NAME##_map, f32_##NAME##_total,
#define f64_ITEMS_ENTRY(NAME, ARRAYS, CONSTANTS) f64_##NAME##_map, f64_##NAME##_total,
#define f32_SLOPE_ENTRY(NAME, CONSTANTS) f32_##NAME##_total_and_slope,
#define f64_SLOPE_ENTRY(NAME, CONSTANTS) f64_##NAME##_total_and_slope,
#define f32_ITEM_SLOPE_ENTRY(NAME, ARRAYS, CONSTANTS) f32_##NAME##_map,
#define f64_ITEM_SLOPE_ENTRY(NAME, ARRAYS, CONSTANTS) f64_##NAME##_map,
#define f32_ROW_TOTAL_ENTRY(NAME, CONSTANTS, FOUND) f32_##NAME##_total,
#define f64_ROW_TOTAL_ENTRY(NAME, CONSTANTS, FOUND) f64_##NAME##_total,
#define f32_SLICES(CODE, TYPE) f32_slice_sums_##CODE,
#define f64_SLICES(CODE, TYPE) f64_slice_sums_##CODE,
#define HASH_ENTRY(KIND, TYPE, LOST) KIND##_hash,

const all_loops LOOPS_NAME = {LEVEL, MEMBERS(f32), MEMBERS(f64), HASHED(HASH_ENTRY)};
