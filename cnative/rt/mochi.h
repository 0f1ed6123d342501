/* The native runtime's one header: emitted C, the VM and the JIT's stencils are built on it.
 *
 *   mochi.h   platform, objects, types, cells, the reference bank, the runtime's functions
 *   ops.h     one inline function per IR op on numbers
 *   memory.h  one per IR op on structs, arrays, references and tagged values; allocation
 *
 * It promises C11 without undefined behaviour under gcc, clang, zig cc, tcc and arm-none-eabi-gcc, given
 * -ffp-contract=off where the machine has fused multiply-add. It knows no strings, lists, maps or messages.
 *
 * Switches, given with -D or before the #include:
 *   MOCHI_CHECKED       references are handles, and each use of one is checked (dev mode, fuzzing)
 *   MOCHI_HEAP_STATIC   that many bytes of static memory are the whole heap (microcontrollers)
 *   MOCHI_THREAD_STATE  one heap per thread (several programs in one process)
 */
#ifndef MOCHI_H
#define MOCHI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As <string.h> has them; a freestanding compiler has no such header, but wants these functions all the same. */
void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *at, int byte, size_t count);

/* ---- Platform ---------------------------------------------------------------------------------------------------- */

#if defined(__GNUC__) && !defined(__TINYC__)
#define MOCHI_GNU 1 /* gcc, clang, zig cc */
#define MOCHI_INLINE static inline __attribute__((unused))
#define MOCHI_COLD __attribute__((cold, noinline))
#define MOCHI_APART __attribute__((noinline))
#define MOCHI_UNUSED __attribute__((unused))
#define MOCHI_LIKELY(c) __builtin_expect(!!(c), 1)
#define MOCHI_UNLIKELY(c) __builtin_expect(!!(c), 0)
#define MOCHI_PREFETCH(p) __builtin_prefetch(p)
#define mochi_unreachable() __builtin_unreachable()
#else
#define MOCHI_GNU 0
#define MOCHI_INLINE static inline
#define MOCHI_COLD
#define MOCHI_APART
#define MOCHI_UNUSED
#define MOCHI_LIKELY(c) (c)
#define MOCHI_UNLIKELY(c) (c)
#define MOCHI_PREFETCH(p) ((void)(p))
#define mochi_unreachable() mochi_trap(0, 0, 0)
#endif

#if defined(__TINYC__)
#define MOCHI_NORETURN
#else
#define MOCHI_NORETURN _Noreturn
#endif

/* A program may well recurse for ever; it is told so when it does. */
#if defined(__clang__) || (MOCHI_GNU && __GNUC__ >= 12)
#pragma GCC diagnostic ignored "-Winfinite-recursion"
#endif

/* Every backend rounds each operation; a fused multiply-add would round once for two. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif MOCHI_GNU && defined(__FP_FAST_FMA)
#pragma GCC optimize("fp-contract=off")
#endif

#if defined(MOCHI_THREAD_STATE)
#define MOCHI_THREAD _Thread_local
#else
#define MOCHI_THREAD
#endif

/* ---- Objects -----------------------------------------------------------------------------------------------------
 *
 *   struct                          array
 *   0      4                        0      4      8
 *   +------+------+--------- -      +------+------+---------+---------+-- -
 *   | head | fields, each at its    | head | len  | item 0  | item 1  |
 *   +------+ natural alignment      +------+------+---------+---------+-- -
 *
 *   head   31    26   25     24   23               0
 *         +--------+-------+--------+----------------+
 *         |   0    | large | static |    type id     |
 *         +--------+-------+--------+----------------+
 *
 * A field takes the first gap that fits, in order; a subtype's own fields start behind its whole supertype, which is its
 * first member (so that C's aliasing rules hold). Mark bits are not in the object, so objects in ROM are fine.
 */
typedef struct mochi_Object {
    uint32_t head;
#if defined(MOCHI_CHECKED)
    uint32_t handle; /* its row of the handle table */
#endif
} mochi_Object;

typedef struct mochi_Array {
    mochi_Object object;
    int32_t len;
#if defined(MOCHI_CHECKED)
    int32_t unused;
#endif
} mochi_Array;

/* An array of i8, as the host functions take it. */
typedef struct mochi_Bytes {
    mochi_Array array;
    uint8_t items[];
} mochi_Bytes;

#define MOCHI_HEAD_TYPE 0xFFFFFFu
#define MOCHI_HEAD_STATIC 0x1000000u /* not in the heap: never traced, never freed */
#define MOCHI_HEAD_LARGE 0x2000000u  /* stands behind a mochi_Large of its own */

#if defined(MOCHI_CHECKED)
#define MOCHI_STATIC_OBJECT(type_id) {(type_id) | MOCHI_HEAD_STATIC, 0}
#define MOCHI_STATIC_ARRAY(type_id, len) {MOCHI_STATIC_OBJECT(type_id), (len), 0}
#else
#define MOCHI_STATIC_OBJECT(type_id) {(type_id) | MOCHI_HEAD_STATIC}
#define MOCHI_STATIC_ARRAY(type_id, len) {MOCHI_STATIC_OBJECT(type_id), (len)}
#endif

/* ---- Types -------------------------------------------------------------------------------------------------------
 *
 * Ids are dense and in preorder of the type tree: the subtypes of a type are the ids from its own to its `last`.
 * Id 0 is the box of a big int (MOCHI_BOX_TYPE); a program's types start at 1.
 */
enum { MOCHI_STRUCT, MOCHI_ARRAY };
/* What the collector looks for in the elements of an array. */
enum { MOCHI_LEAF, MOCHI_REFS, MOCHI_CELLS };

typedef struct mochi_Type {
    uint32_t id;
    uint32_t last;         /* the greatest id among its subtypes; its own if there are none */
    uint32_t size;         /* bytes: of a struct with its head; of an array without its elements */
    uint32_t element_size; /* bytes; 0 for a struct */
    uint8_t kind;          /* MOCHI_STRUCT, MOCHI_ARRAY */
    uint8_t elements;      /* MOCHI_LEAF, MOCHI_REFS, MOCHI_CELLS; MOCHI_LEAF for a struct */
    uint16_t traced_count;
    const uint32_t *traced; /* of each traced field the byte offset; plus MOCHI_TRACED_CELL if the field is a cell */
} mochi_Type;

#define MOCHI_TRACED_CELL 1u
#define MOCHI_BOX_TYPE {0, 0, sizeof(mochi_Box), 0, MOCHI_STRUCT, MOCHI_LEAF, 0, NULL}

/* ---- Cells: values of type `any`, and slots of the reference bank -------------------------------------------------
 *
 *   63       48 47                              0
 *   0000        000000000000                      none
 *   0000        address (at least 8)              reference
 *   0001        00000000000b                      bool
 *   0001        address                           int that needs more than 51 bits: a heap object with 8 bytes
 *   0002..FFF2                                    double: its bits + 0002000000000000, NaN made canonical
 *   FFF8..FFFF                                    int of 51 bits, two's complement in the low bits
 */
typedef uint64_t mochi_Cell;

#define MOCHI_CELL_ADDRESS UINT64_C(0x0000FFFFFFFFFFFF)
#define MOCHI_CELL_BOOL UINT64_C(0x0001000000000000)
#define MOCHI_CELL_DOUBLE UINT64_C(0x0002000000000000)
#define MOCHI_CELL_INT UINT64_C(0xFFF8000000000000)
#define MOCHI_CANONICAL_NAN UINT64_C(0x7FF8000000000000)

typedef struct mochi_Box {
    mochi_Object object;
    int64_t value;
} mochi_Box;

/* ---- Traps -------------------------------------------------------------------------------------------------------- */

#define MOCHI_SITE_STACK_OVERFLOW 0
#define MOCHI_SITE_OUT_OF_MEMORY 1
#define MOCHI_SITE_INTERRUPTED 2

/* Ends the program with the error of a site, or of a check's number in programs with call traces, through the program's own
 * trap function. Gives back some reserve of stack and heap first, so that the trap function can run. */
MOCHI_NORETURN MOCHI_COLD void mochi_trap(int32_t number, int64_t a, int64_t b);

/* ---- State --------------------------------------------------------------------------------------------------------
 *
 * The reference bank is one array of cells, the only roots besides the globals:
 *
 *   root_base                     root_top                    root_limit
 *   | VM frame | JIT spills | C frame |        free                |
 *
 * Each slot below root_top holds a valid cell (0 if nothing). References may stay in registers too: objects never move.
 */
#if defined(MOCHI_HEAP_STATIC)
#define MOCHI_BLOCK 1024u
#define MOCHI_CLASSES 17u
#define MOCHI_SMALL_MAX 256u
#define MOCHI_STACK_RESERVE 512u /* below stack_limit, for a trap function */
#else
#define MOCHI_BLOCK 65536u
#define MOCHI_CLASSES 37u
#define MOCHI_SMALL_MAX 8192u
#define MOCHI_STACK_RESERVE (768u << 10)
#endif

/* Free cells of one size class, side by side. `end - at` is a multiple of `cell`. */
typedef struct mochi_Run {
    char *at, *end;
    size_t cell;
} mochi_Run;

typedef struct mochi_State {
    mochi_Cell *root_top;
    uintptr_t stack_limit; /* a frame below it has too little room left */
    mochi_Run runs[MOCHI_CLASSES];
    const mochi_Type *types;
    mochi_Cell *root_base;
    mochi_Cell *root_limit;
} mochi_State;

extern MOCHI_THREAD mochi_State mochi_state;

/* A global that the collector must see. */
typedef struct mochi_Global {
    void *address;
    bool is_cell; /* else a reference */
} mochi_Global;

typedef struct mochi_Config {
    const mochi_Type *types; /* by id */
    uint32_t type_count;
    uint32_t global_count;
    const mochi_Global *globals;
    mochi_Cell *roots; /* the reference bank; NULL: the runtime makes it */
    size_t root_count;
    size_t heap_limit; /* bytes; 0: what mochi_host_memory says */
    size_t threshold;  /* collect after that many bytes at least; 0: 32 MB */
    size_t mark_stack; /* entries at most; 0: no limit */
    bool stress;       /* collect at each allocation */
    /* The program's trap function; does not return. */
    void (*trap)(int32_t site, int64_t a, int64_t b);
} mochi_Config;

typedef struct mochi_Stats {
    uint64_t collections;
    uint64_t live_bytes;      /* after the last collection */
    uint64_t allocated_bytes; /* since the last collection */
    uint64_t heap_bytes;      /* taken from the system */
} mochi_Stats;

/* ---- Functions of gc.c -------------------------------------------------------------------------------------------- */

void mochi_start(const mochi_Config *config);
void mochi_stop(void); /* frees everything; start may follow */
void mochi_collect(void);
mochi_Stats mochi_stats(void);
mochi_State *mochi_state_address(void); /* for code made at run time */

/* The slow path of an allocation: may collect. The size is that of the whole object; zeroed above MOCHI_SMALL_MAX alone.
 * NULL at the end of memory if the config has no trap function; so are the two below, and 0 for a box. */
MOCHI_COLD void *mochi_alloc_slow(size_t size);
/* For callers without inlining: what struct.new and array.new do, before the fields are stored. May collect; the caller
 * keeps its references in the bank. */
void *mochi_alloc_struct(const mochi_Type *type);
void *mochi_alloc_array(const mochi_Type *type, int32_t len);
/* A cell for an int outside 51 bits; may collect. */
MOCHI_COLD mochi_Cell mochi_box_i64(int64_t value);
MOCHI_NORETURN MOCHI_COLD void mochi_stack_overflow(void);
/* The same with a place to show. A call alone: compilers inline recursive functions only while their checks are this small. */
MOCHI_NORETURN MOCHI_COLD void mochi_stack_overflow_at(const char *place);
/* Ends a program whose time is over; `mochi_poll` looks whether it is. */
MOCHI_NORETURN MOCHI_COLD void mochi_interrupt(void);
extern volatile int mochi_interrupted;
/* Where the program is, in the form of an error's place: set by programs with limits, and where the stack ends. */
extern const char *mochi_here;
/* The place to show at exit: that of an error which the runtime found; else NULL. */
const char *mochi_place(void);
/* A failure of the toolchain itself (a stale reference in a checked build): says so and aborts. */
MOCHI_NORETURN MOCHI_COLD void mochi_fatal(const char *what);
#if defined(MOCHI_CHECKED)
void *mochi_check(const void *reference);
void *mochi_handle(mochi_Object *object);
#endif

/* ---- Functions of host_*.c ---------------------------------------------------------------------------------------- */

/* Runs `program` on a big stack that the system commits as it is touched, with mochi_state.stack_limit set. */
void mochi_host_run(int argc, char **argv, void (*program)(void));
/* Bytes that a heap may have; 0: no limit but the system's. */
size_t mochi_host_memory(void);
/* A reference bank as big as the program's stack, zeroed as it is touched; NULL if there is no room. */
mochi_Cell *mochi_host_roots(size_t *count);
void mochi_host_free_roots(mochi_Cell *roots, size_t count);
int32_t mochi_host_write(int32_t stream, const mochi_Bytes *bytes, int32_t at, int32_t count);
int32_t mochi_host_read(mochi_Bytes *bytes, int32_t at, int32_t count);
int32_t mochi_host_is_terminal(int32_t stream);
MOCHI_NORETURN void mochi_host_exit(int32_t code);
int32_t mochi_host_env(const mochi_Bytes *name, mochi_Bytes *out);
int64_t mochi_host_clock(void);
int64_t mochi_host_file_size(const mochi_Bytes *path);
int32_t mochi_host_file_read(mochi_Bytes *bytes, int32_t at, int32_t count);
int32_t mochi_host_file_create(const mochi_Bytes *path);
int32_t mochi_host_file_write(const mochi_Bytes *bytes, int32_t at, int32_t count);
int32_t mochi_host_file_close(void);
int64_t mochi_host_memory_used(void);

#include "ops.h"
#include "memory.h"

#endif
