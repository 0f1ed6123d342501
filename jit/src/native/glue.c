/* The inline functions of mochi.h that the VM calls from Rust, and the slow paths of stencils. */
#include "mochi.h"

uint32_t jit_any_kind(mochi_Cell cell) { return (uint32_t)mochi_any_kind(cell); }
int64_t jit_any_to_i64(mochi_Cell cell) { return mochi_any_to_i64(cell); }
double jit_any_to_f64(mochi_Cell cell) { return mochi_any_to_f64(cell); }
mochi_Cell jit_any_from_i64(int64_t value) { return mochi_any_from_i64(value); }
mochi_Cell jit_any_from_f64(double value) { return mochi_any_from_f64(value); }
bool jit_any_is(mochi_Cell cell, const mochi_Type *type) { return mochi_any_is(cell, type->id, type->last); }

void jit_copy(void *to, int32_t at, const void *from, int32_t from_at, int32_t count, uint32_t log2) {
    mochi_array_copy(to, at, from, from_at, count, (size_t)1 << log2);
}

/* Stores the low `1 << log2` bytes of `value` at each index of a range. */
void jit_fill(void *array, int32_t at, uint64_t value, int32_t count, uint32_t log2) {
    for (int32_t i = at, end = at + count; i < end; i++) {
        switch (log2) {
        case 0: mochi_array_set_i8(array, i, (int32_t)value); break;
        case 1: mochi_array_set_i16(array, i, (int32_t)value); break;
        case 2: mochi_array_set_i32(array, i, (int32_t)value); break;
        default: mochi_array_set_i64(array, i, (int64_t)value); break;
        }
    }
}

/* Where the next free cell for an object of that size is to be found; NULL for a large one. */
mochi_Run *jit_run_of(size_t size) {
    return size > MOCHI_SMALL_MAX ? NULL : &mochi_state.runs[mochi_size_class(size)];
}
