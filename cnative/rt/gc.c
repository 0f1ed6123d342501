/* The collector: precise, non-moving mark-sweep with lazy sweep.
 *
 * Small objects live in blocks of one size class, blocks in chunks that are aligned to their size:
 *
 *   chunk  0         1 KiB                     64 KiB      128 KiB           4 MiB
 *          | blocks[] | marks: a bit per 8 bytes | block 1   | block 2 | ...    |
 *
 * so the mark bit of an object is found from its address alone. The block table stands where the bits of the table and
 * the bits themselves would be, which nobody needs. Sweeping finds runs of unmarked cells when they are wanted; an
 * allocation takes cells from a run, so a free cell is never written to before it is used. Cells taken since the last
 * collection need no mark: their block is searched onward only.
 *
 * Objects above MOCHI_SMALL_MAX come from calloc, each behind a mochi_Large. With MOCHI_HEAP_STATIC there is one chunk in
 * static memory, and a large object takes neighbouring blocks of it.
 *
 * Marking uses an explicit stack. Where that cannot grow, objects are marked without being pushed, and the heap is
 * walked for them afterwards.
 */
#include "mochi.h"

#if !defined(MOCHI_HEAP_STATIC)
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#endif

#define DEFAULT_THRESHOLD (32u << 20)
/* What a trap function may still use when the heap or the reference bank has run out. */
#define HEAP_RESERVE (4u << 20)
#define ROOT_RESERVE 128

typedef struct Block {
    struct Block *next; /* in the list of its class to be searched, or of free blocks */
    uint32_t cell;      /* bytes of a cell; 0: the block is free */
    uint32_t at;        /* the bytes before it have been searched */
} Block;

typedef struct mochi_Large {
    size_t size; /* of the object */
    uint32_t marked;
    uint32_t blocks; /* of a static heap */
} mochi_Large;

#if defined(MOCHI_HEAP_STATIC)

#define BLOCKS (MOCHI_HEAP_STATIC / MOCHI_BLOCK)
#define FIRST_BLOCK 0u
#define LARGE_BLOCK UINT32_MAX /* `cell` of a block that belongs to a large object */
#if !defined(MOCHI_MARK_STACK)
#define MOCHI_MARK_STACK 64
#endif
typedef struct Chunk {
    Block blocks[BLOCKS];
    uint32_t marks[BLOCKS * MOCHI_BLOCK / 256];
    uint64_t cells[BLOCKS * MOCHI_BLOCK / 8];
} Chunk;
static Chunk the_chunk;
static Chunk *chunk_of(const void *address) { (void)address; return &the_chunk; }
static char *chunk_base(Chunk *chunk) { return (char *)chunk->cells; }

#else

#define CHUNK ((size_t)4 << 20)
#define BLOCKS (CHUNK / MOCHI_BLOCK)
#define FIRST_BLOCK 1u
typedef union Chunk {
    Block blocks[BLOCKS];
    uint32_t marks[CHUNK / 256];
} Chunk;
static Chunk *chunk_of(const void *address) { return (Chunk *)((uintptr_t)address & ~(uintptr_t)(CHUNK - 1)); }
static char *chunk_base(Chunk *chunk) { return (char *)chunk; }

#endif

/* Objects that wait to be marked while they are fetched, and how deep arrays in arrays are traced in between. */
#define WAITING 8u
#define TRACE_DEPTH 8u

typedef struct Heap {
    mochi_Config config;
    Chunk **chunks;
    size_t chunk_count, chunk_room;
    Block *search[MOCHI_CLASSES]; /* blocks that may still have free cells, by class */
    Block *free_blocks;
    mochi_Large **large;
    size_t large_count, large_room;
    mochi_Object **stack; /* of marking */
    size_t stack_count, stack_room;
    mochi_Object *waiting[WAITING]; /* to be marked, in turn */
    uint32_t next_waiting;
    bool stack_overflowed;
    bool own_roots;
    bool trapping;
    size_t threshold;
    size_t limit;
    mochi_Stats stats;
} Heap;

MOCHI_THREAD mochi_State mochi_state;
static MOCHI_THREAD Heap heap;

mochi_State *mochi_state_address(void) { return &mochi_state; }

/* ---- Marks -------------------------------------------------------------------------------------------------------- */

static uint32_t *mark_word(Chunk *chunk, const void *address, uint32_t *bit) {
    size_t unit = (size_t)((const char *)address - chunk_base(chunk)) / 8;
    *bit = UINT32_C(1) << (unit & 31);
    return &chunk->marks[unit / 32];
}

static bool is_marked(const mochi_Object *object) {
    uint32_t bit;
    if (object->head & MOCHI_HEAD_LARGE) return ((const mochi_Large *)(const void *)object)[-1].marked != 0;
    return (*mark_word(chunk_of(object), object, &bit) & bit) != 0;
}

static char *block_start(Block *block) {
    Chunk *chunk = chunk_of(block);
    return chunk_base(chunk) + (size_t)(block - chunk->blocks) * MOCHI_BLOCK;
}

/* The mark bits of a block are whole words. */
static uint32_t *block_marks(Block *block) {
    uint32_t bit;
    return mark_word(chunk_of(block), block_start(block), &bit);
}
#define BLOCK_MARK_BYTES (MOCHI_BLOCK / 64)

static bool block_is_empty(Block *block) {
    const uint32_t *marks = block_marks(block);
    uint32_t any = 0;
    for (size_t i = 0; i < BLOCK_MARK_BYTES / 4; i++) any |= marks[i];
    return any == 0;
}

/* ---- Memory from the system --------------------------------------------------------------------------------------- */

static bool may_grow(size_t bytes) { return heap.limit == 0 || heap.stats.heap_bytes + bytes <= heap.limit; }

#if defined(MOCHI_HEAP_STATIC)

static bool add_chunk(void) {
    if (heap.chunk_count != 0) return false;
    static Chunk *only[1] = {&the_chunk};
    heap.chunks = only;
    heap.chunk_count = 1;
    for (size_t i = BLOCKS; i-- > 0;) {
        the_chunk.blocks[i].cell = 0;
        the_chunk.blocks[i].next = heap.free_blocks;
        heap.free_blocks = &the_chunk.blocks[i];
    }
    return true;
}

/* Block table -> list of free blocks, in order of address. */
static void relink_free_blocks(void) {
    heap.free_blocks = NULL;
    for (size_t i = BLOCKS; i-- > 0;) {
        Block *block = &the_chunk.blocks[i];
        if (block->cell != 0) continue;
        block->next = heap.free_blocks;
        heap.free_blocks = block;
    }
}

static mochi_Large *take_large(size_t bytes) {
    uint32_t wanted = (uint32_t)((bytes + MOCHI_BLOCK - 1) / MOCHI_BLOCK), found = 0;
    if (heap.chunk_count == 0) add_chunk();
    for (uint32_t i = 0; i < BLOCKS; i++) {
        found = the_chunk.blocks[i].cell == 0 ? found + 1 : 0;
        if (found < wanted) continue;
        Block *first = &the_chunk.blocks[i + 1 - wanted];
        for (uint32_t k = 0; k < wanted; k++) first[k].cell = LARGE_BLOCK;
        relink_free_blocks();
        mochi_Large *large = (mochi_Large *)(void *)block_start(first);
        memset(large, 0, bytes);
        large->blocks = wanted;
        return large;
    }
    return NULL;
}

static void give_large(mochi_Large *large) {
    Block *first = &the_chunk.blocks[(size_t)((char *)large - chunk_base(&the_chunk)) / MOCHI_BLOCK];
    for (uint32_t k = 0; k < large->blocks; k++) first[k].cell = 0;
}

static bool make_room_for_large(void) {
    static mochi_Large *all[BLOCKS];
    heap.large = all;
    heap.large_room = BLOCKS;
    return heap.large_count < BLOCKS;
}

static bool grow_mark_stack(void) {
    static mochi_Object *entries[MOCHI_MARK_STACK];
    if (heap.stack_room != 0) return false;
    heap.stack = entries;
    heap.stack_room = MOCHI_MARK_STACK;
    return true;
}

#else

static void *grow(void *array, size_t *room, size_t element) {
    size_t wanted = *room == 0 ? 64 : *room * 2;
    void *grown = realloc(array, wanted * element);
    if (grown != NULL) *room = wanted;
    return grown;
}

/* Of memory that will be used as a whole: a fault for each small page costs more than filling it. */
static void use_huge_pages(void *memory, size_t bytes) {
#if defined(MADV_HUGEPAGE)
    uintptr_t huge = (uintptr_t)2 << 20, from = ((uintptr_t)memory + huge - 1) & ~(huge - 1), to = ((uintptr_t)memory + bytes) & ~(huge - 1);
    if (from < to) madvise((void *)from, to - from, MADV_HUGEPAGE);
#else
    (void)memory, (void)bytes;
#endif
}

static void *aligned_chunk(void) {
#if defined(_WIN32)
    return _aligned_malloc(CHUNK, CHUNK);
#else
    void *chunk = aligned_alloc(CHUNK, CHUNK);
    /* A program that needs a second one will need much of it. */
    if (chunk != NULL && heap.chunk_count != 0) use_huge_pages(chunk, CHUNK);
    return chunk;
#endif
}

static void free_chunk(void *chunk) {
#if defined(_WIN32)
    _aligned_free(chunk);
#else
    free(chunk);
#endif
}

static bool add_chunk(void) {
    if (heap.chunk_count == heap.chunk_room) {
        Chunk **grown = grow(heap.chunks, &heap.chunk_room, sizeof *grown);
        if (grown == NULL) return false;
        heap.chunks = grown;
    }
    Chunk *chunk = aligned_chunk();
    if (chunk == NULL) return false;
    heap.chunks[heap.chunk_count++] = chunk;
    for (size_t i = BLOCKS; i-- > FIRST_BLOCK;) {
        chunk->blocks[i].cell = 0;
        chunk->blocks[i].next = heap.free_blocks;
        heap.free_blocks = &chunk->blocks[i];
    }
    return true;
}

static mochi_Large *take_large(size_t bytes) {
    mochi_Large *large = calloc(1, bytes);
    if (large != NULL && bytes >= CHUNK) use_huge_pages(large, bytes);
    return large;
}
static void give_large(mochi_Large *large) { free(large); }

static bool make_room_for_large(void) {
    if (heap.large_count < heap.large_room) return true;
    mochi_Large **grown = grow(heap.large, &heap.large_room, sizeof *grown);
    if (grown != NULL) heap.large = grown;
    return grown != NULL;
}

static bool grow_mark_stack(void) {
    if (heap.config.mark_stack != 0 && heap.stack_room >= heap.config.mark_stack) return false;
    mochi_Object **grown = grow(heap.stack, &heap.stack_room, sizeof *grown);
    if (grown != NULL) heap.stack = grown;
    return grown != NULL;
}

#endif

/* ---- Handles of checked builds ------------------------------------------------------------------------------------ */

#if defined(MOCHI_CHECKED)

#if UINTPTR_MAX <= UINT32_MAX
#error "a checked build needs 64-bit addresses"
#endif

typedef struct Row {
    mochi_Object *object; /* NULL: free */
    uint32_t generation;  /* 16 bits */
    uint32_t next_free;
} Row;
static MOCHI_THREAD Row *rows;
static MOCHI_THREAD size_t row_count, row_room;
static MOCHI_THREAD uint32_t free_row = UINT32_MAX;

void *mochi_handle(mochi_Object *object) {
    uint32_t row = free_row;
    if (row != UINT32_MAX) {
        free_row = rows[row].next_free;
    } else {
        if (row_count == row_room) {
            Row *grown = grow(rows, &row_room, sizeof *grown);
            if (grown == NULL) mochi_fatal("no memory for handles");
            rows = grown;
        }
        row = (uint32_t)row_count++;
        rows[row].generation = 1;
    }
    rows[row].object = object;
    object->handle = row;
    return (void *)((uintptr_t)rows[row].generation << 32 | (uintptr_t)row << 1 | 1);
}

void *mochi_check(const void *reference) {
    uintptr_t bits = (uintptr_t)reference;
    if (bits == 0) mochi_fatal("a null reference was used");
    if ((bits & 1) == 0) {
        if (!(((const mochi_Object *)reference)->head & MOCHI_HEAD_STATIC)) mochi_fatal("a bad reference was used");
        return (void *)bits;
    }
    uint32_t row = (uint32_t)bits >> 1;
    if (row >= row_count || rows[row].object == NULL || rows[row].generation != bits >> 32)
        mochi_fatal("a stale reference was used");
    return rows[row].object;
}

static mochi_Object *object_at(uintptr_t bits) { return mochi_check((const void *)bits); }

static void free_row_of(uint32_t row) {
    rows[row].object = NULL;
    rows[row].generation = (rows[row].generation + 1) & 0xFFFF;
    rows[row].next_free = free_row;
    free_row = row;
}

#else
static mochi_Object *object_at(uintptr_t bits) { return (mochi_Object *)bits; }
#endif

/* ---- Marking ------------------------------------------------------------------------------------------------------ */

static const mochi_Type *type_of(const mochi_Object *object) {
    return &mochi_state.types[object->head & MOCHI_HEAD_TYPE];
}

static size_t size_of(const mochi_Object *object, const mochi_Type *type) {
    if (type->kind == MOCHI_STRUCT) return type->size;
    return mochi_array_size(type->size, type->element_size, ((const mochi_Array *)(const void *)object)->len);
}

static void mark_now(mochi_Object *object) {
    uint32_t head = object->head, bit;
    if (head & MOCHI_HEAD_STATIC) return;
    if (head & MOCHI_HEAD_LARGE) {
        mochi_Large *large = &((mochi_Large *)(void *)object)[-1];
        if (large->marked) return;
        large->marked = 1;
    } else {
        uint32_t *word = mark_word(chunk_of(object), object, &bit);
        if (*word & bit) return;
        *word |= bit;
    }
    const mochi_Type *type = type_of(object);
    heap.stats.live_bytes += size_of(object, type);
    if (type->traced_count == 0 && type->elements == MOCHI_LEAF) return;
    if (heap.stack_count == heap.stack_room && !grow_mark_stack()) {
        heap.stack_overflowed = true;
        return;
    }
    heap.stack[heap.stack_count++] = object;
}

/* What is found waits for a few others, in which time the processor fetches it: most of marking is waiting for memory. */
static void mark(uintptr_t bits) {
    if (bits == 0) return;
    mochi_Object *object = object_at(bits);
    uint32_t bit;
    MOCHI_PREFETCH(object);
    MOCHI_PREFETCH(mark_word(chunk_of(object), object, &bit));
    mochi_Object **place = &heap.waiting[heap.next_waiting++ % WAITING];
    mochi_Object *earlier = *place;
    *place = object;
    if (earlier != NULL) mark_now(earlier);
}

static void mark_waiting(void) {
    for (uint32_t i = 0; i < WAITING; i++) {
        mochi_Object **place = &heap.waiting[heap.next_waiting++ % WAITING];
        mochi_Object *object = *place;
        *place = NULL;
        if (object != NULL) mark_now(object);
    }
}

/* References live under the tags 0000, and 0001 where the rest is an address. */
static void mark_cell(const char *at) {
    mochi_Cell cell;
    memcpy(&cell, at, sizeof cell);
    if (cell >> 48 > 1) return;
    cell &= MOCHI_CELL_ADDRESS;
    if (cell > 1) mark((uintptr_t)cell);
}

static void mark_slot(const char *at) {
    void *reference;
    memcpy(&reference, at, sizeof reference);
    mark((uintptr_t)reference);
}

static void trace(mochi_Object *object, uint32_t depth);

/* Traces what was pushed since `floor`. */
static void drain_to(size_t floor, uint32_t depth) {
    while (heap.stack_count > floor) trace(heap.stack[--heap.stack_count], depth);
}

/* The elements of a long array are traced in between, while they are at hand. */
static void trace(mochi_Object *object, uint32_t depth) {
    const mochi_Type *type = type_of(object);
    const char *base = (const char *)object;
    for (uint32_t i = 0; i < type->traced_count; i++) {
        uint32_t offset = type->traced[i];
        if (offset & MOCHI_TRACED_CELL) mark_cell(base + (offset - MOCHI_TRACED_CELL));
        else mark_slot(base + offset);
    }
    if (type->elements == MOCHI_LEAF) return;
    size_t floor = heap.stack_count;
    const char *item = base + type->size;
    const char *end = item + (size_t)(uint32_t)((mochi_Array *)(void *)object)->len * type->element_size;
    for (; item < end; item += type->element_size) {
        if (type->elements == MOCHI_CELLS) mark_cell(item);
        else mark_slot(item);
        if (depth < TRACE_DEPTH && heap.stack_count >= floor + WAITING) drain_to(floor, depth + 1);
    }
}

static void drain(void) {
    do {
        drain_to(0, 0);
        mark_waiting();
    } while (heap.stack_count != 0);
}

/* Traces every marked object again: some of them were not pushed. */
static void trace_all_marked(void) {
    for (size_t i = 0; i < heap.large_count; i++) {
        if (!heap.large[i]->marked) continue;
        trace((mochi_Object *)(void *)(heap.large[i] + 1), 0);
        drain();
    }
    for (size_t c = 0; c < heap.chunk_count; c++) {
        for (size_t b = FIRST_BLOCK; b < BLOCKS; b++) {
            Block *block = &heap.chunks[c]->blocks[b];
            if (block->cell == 0 || block->cell > MOCHI_SMALL_MAX) continue;
            for (uint32_t at = 0; at + block->cell <= MOCHI_BLOCK; at += block->cell) {
                mochi_Object *object = (mochi_Object *)(void *)(block_start(block) + at);
                if (!is_marked(object)) continue;
                trace(object, 0);
                drain();
            }
        }
    }
}

static void clear_marks(void) {
    for (size_t i = 0; i < heap.large_count; i++) heap.large[i]->marked = 0;
    for (size_t c = 0; c < heap.chunk_count; c++) {
        for (size_t b = FIRST_BLOCK; b < BLOCKS; b++) {
            Block *block = &heap.chunks[c]->blocks[b];
            if (block->cell != 0) memset(block_marks(block), 0, BLOCK_MARK_BYTES);
        }
    }
}

static void mark_all(void) {
    for (const mochi_Cell *slot = mochi_state.root_base; slot < mochi_state.root_top; slot++) {
        mark_cell((const char *)slot);
        drain();
    }
    for (uint32_t i = 0; i < heap.config.global_count; i++) {
        const mochi_Global *global = &heap.config.globals[i];
        if (global->is_cell) mark_cell(global->address);
        else mark_slot(global->address);
        drain();
    }
    while (heap.stack_overflowed) {
        heap.stack_overflowed = false;
        trace_all_marked();
    }
}

/* ---- Sweeping ----------------------------------------------------------------------------------------------------- */

#if defined(MOCHI_CHECKED)
/* Frees the rows of the dead and spoils their memory, so that a missed root shows. */
static void sweep_handles(void) {
    for (size_t row = 0; row < row_count; row++) {
        mochi_Object *object = rows[row].object;
        if (object == NULL || is_marked(object)) continue;
        size_t size = size_of(object, type_of(object));
        free_row_of((uint32_t)row);
        memset((char *)object + sizeof *object, 0xDD, size - sizeof *object);
    }
}
#endif

static void sweep_large(void) {
    size_t kept = 0;
    for (size_t i = 0; i < heap.large_count; i++) {
        mochi_Large *large = heap.large[i];
        if (large->marked) {
            heap.large[kept++] = large;
        } else {
            heap.stats.heap_bytes -= large->size;
            give_large(large);
        }
    }
    heap.large_count = kept;
}

/* Every block goes to the list of its class, to be searched from its start, or to the free ones. */
static void sort_blocks(void) {
    memset(heap.search, 0, sizeof heap.search);
    heap.free_blocks = NULL;
    for (size_t c = heap.chunk_count; c-- > 0;) {
        for (size_t b = BLOCKS; b-- > FIRST_BLOCK;) {
            Block *block = &heap.chunks[c]->blocks[b];
            if (block->cell > MOCHI_SMALL_MAX) continue;
            if (block->cell != 0 && block_is_empty(block)) {
                block->cell = 0;
                heap.stats.heap_bytes -= MOCHI_BLOCK;
            }
            Block **list = block->cell == 0 ? &heap.free_blocks : &heap.search[mochi_size_class(block->cell)];
            block->at = 0;
            block->next = *list;
            *list = block;
        }
    }
}

void mochi_collect(void) {
    for (uint32_t i = 0; i < MOCHI_CLASSES; i++) mochi_state.runs[i].at = mochi_state.runs[i].end;
    heap.stats.live_bytes = 0;
    clear_marks();
    mark_all();
#if defined(MOCHI_CHECKED)
    sweep_handles();
#endif
    sweep_large();
    sort_blocks();
    heap.stats.collections++;
    heap.stats.allocated_bytes = 0;
    heap.threshold = (size_t)heap.stats.live_bytes;
    if (heap.threshold < heap.config.threshold) heap.threshold = heap.config.threshold;
}

/* ---- Allocation --------------------------------------------------------------------------------------------------- */

/* The next run of free cells of a class, from the blocks at hand. */
static bool find_run(uint32_t size_class, mochi_Run *run) {
    for (Block *block; (block = heap.search[size_class]) != NULL; heap.search[size_class] = block->next) {
        char *start = block_start(block);
        const uint32_t *marks = block_marks(block);
        uint32_t cell = block->cell, at = block->at;
        while (at + cell <= MOCHI_BLOCK && marks[at / 256] >> (at / 8 & 31) & 1) at += cell;
        if (at + cell > MOCHI_BLOCK) continue;
        run->at = start + at;
        while (at + cell <= MOCHI_BLOCK && !(marks[at / 256] >> (at / 8 & 31) & 1)) at += cell;
        block->at = at;
        run->end = start + at;
        return true;
    }
    return false;
}

/* Takes one more block for a class. */
static bool add_block(uint32_t size_class, size_t cell) {
    if (!may_grow(MOCHI_BLOCK) || (heap.free_blocks == NULL && !add_chunk())) return false;
    Block *block = heap.free_blocks;
    heap.free_blocks = block->next;
    heap.stats.heap_bytes += MOCHI_BLOCK;
    block->cell = (uint32_t)cell;
    block->at = 0;
    memset(block_marks(block), 0, BLOCK_MARK_BYTES);
    block->next = heap.search[size_class];
    heap.search[size_class] = block;
    return true;
}

static void *alloc_small(uint32_t size_class, bool collected) {
    mochi_Run *run = &mochi_state.runs[size_class];
    mochi_Run found = *run;
    if (!find_run(size_class, &found)) {
        if (heap.stats.allocated_bytes >= heap.threshold && !collected) return NULL;
        if (!add_block(size_class, run->cell) || !find_run(size_class, &found)) return NULL;
    }
    heap.stats.allocated_bytes += (uint64_t)(found.end - found.at);
    char *cell = found.at;
    if (heap.config.stress) return cell;
    run->at = cell + run->cell;
    run->end = found.end;
    return cell;
}

static void *alloc_large(size_t size, bool collected) {
    if (heap.stats.allocated_bytes + size > heap.threshold && !collected) return NULL;
    if (!may_grow(size) || !make_room_for_large()) return NULL;
    mochi_Large *large = take_large(sizeof *large + size);
    if (large == NULL) return NULL;
    large->size = size;
    heap.large[heap.large_count++] = large;
    heap.stats.heap_bytes += size;
    heap.stats.allocated_bytes += size;
    return large + 1;
}

static void *alloc_from(size_t size, bool collected) {
    return size > MOCHI_SMALL_MAX ? alloc_large(size, collected) : alloc_small(mochi_size_class(size), collected);
}

void *mochi_alloc_slow(size_t size) {
    void *cell = NULL;
    if (!heap.config.stress) cell = alloc_from(size, false);
    if (cell == NULL) {
        mochi_collect();
        cell = alloc_from(size, true);
    }
    if (cell == NULL && heap.config.trap != NULL) mochi_trap(MOCHI_SITE_OUT_OF_MEMORY, 0, 0);
    return cell;
}

void *mochi_alloc_struct(const mochi_Type *type) {
    void *cell = mochi_alloc(type->size);
    return cell == NULL ? NULL : mochi_init(cell, type->id, type->size > MOCHI_SMALL_MAX);
}

void *mochi_alloc_array(const mochi_Type *type, int32_t len) {
    size_t size = mochi_array_size(type->size, type->element_size, len);
    void *cell = mochi_alloc(size);
    return cell == NULL ? NULL : mochi_array_init(cell, type->id, type->size, size, len);
}

mochi_Cell mochi_box_i64(int64_t value) {
    void *cell = mochi_alloc(sizeof(mochi_Box));
    if (cell == NULL) return 0;
    ((mochi_Box *)cell)->value = value;
    return MOCHI_CELL_BOOL | mochi_cell_of(mochi_init(cell, 0, false));
}

/* ---- Start, end, errors ------------------------------------------------------------------------------------------- */

mochi_Stats mochi_stats(void) { return heap.stats; }

static size_t class_size(uint32_t size_class) {
    if (size_class <= 8) return size_class * 8;
    uint32_t step = size_class - 9;
    return (size_t)(5 + step % 4) << (step / 4 + 1) << 3;
}

void mochi_start(const mochi_Config *config) {
    uintptr_t stack_limit = mochi_state.stack_limit;
    memset(&mochi_state, 0, sizeof mochi_state);
    memset(&heap, 0, sizeof heap);
    heap.config = *config;
    if (heap.config.threshold == 0) heap.config.threshold = DEFAULT_THRESHOLD;
    if (heap.config.roots == NULL) {
        heap.config.roots = mochi_host_roots(&heap.config.root_count);
        heap.own_roots = true;
        if (heap.config.roots == NULL) mochi_fatal("no memory for the reference bank");
    }
    heap.threshold = heap.config.threshold;
    heap.limit = config->heap_limit != 0 ? config->heap_limit : mochi_host_memory();
    mochi_state.stack_limit = stack_limit;
    mochi_state.types = config->types;
    mochi_state.root_base = mochi_state.root_top = heap.config.roots;
    mochi_state.root_limit = heap.config.roots + heap.config.root_count - ROOT_RESERVE;
    for (uint32_t i = 0; i < MOCHI_CLASSES; i++) mochi_state.runs[i].cell = class_size(i);
}

void mochi_stop(void) {
#if !defined(MOCHI_HEAP_STATIC)
    for (size_t i = 0; i < heap.large_count; i++) give_large(heap.large[i]);
    for (size_t i = 0; i < heap.chunk_count; i++) free_chunk(heap.chunks[i]);
    free(heap.large);
    free(heap.chunks);
    free(heap.stack);
#endif
    if (heap.own_roots) mochi_host_free_roots(heap.config.roots, heap.config.root_count);
#if defined(MOCHI_CHECKED)
    free(rows);
    rows = NULL;
    row_count = row_room = 0;
    free_row = UINT32_MAX;
#endif
    memset(&heap, 0, sizeof heap);
    memset(&mochi_state, 0, sizeof mochi_state);
}

volatile int mochi_interrupted;
const char *mochi_here;
static bool has_place;

const char *mochi_place(void) { return has_place ? mochi_here : NULL; }

mochi_Call *mochi_calls;
const char *const *mochi_stacks;
const mochi_Failure *mochi_failures;

/* The site of a check; the calls are then what was active there. */
static int32_t site_of(int32_t number) {
    static mochi_Call failed;
    if (mochi_stacks == NULL) return number;
    mochi_Failure failure = mochi_failures[number & ~MOCHI_RECORDED(0)];
    if (number & MOCHI_RECORDED(0)) {
        mochi_calls->at = failure.row;
    } else if (failure.row != 0) {
        failed = (mochi_Call){mochi_calls, failure.row};
        mochi_calls = &failed;
    }
    return failure.site;
}

#if !defined(MOCHI_HEAP_STATIC)
/* Shows the lines with the numbers from `from` up to `end`; how many there are in all. */
static uint64_t trace_lines(uint64_t from, uint64_t end, void (*put)(const char *line, size_t length)) {
    uint64_t number = 0;
    for (const mochi_Call *call = mochi_calls; call != NULL; call = call->up) {
        const char *line = mochi_stacks[call->at];
        while (*line != 0) {
            size_t length = 1;
            while (line[length - 1] != '\n') length++;
            if (number >= from && number < end) put(line, length);
            number++;
            line += length;
        }
    }
    return number;
}

void mochi_trace(void (*put)(const char *line, size_t length)) {
    enum { INNER = 12, OUTER = 8 };
    if (mochi_stacks == NULL) return;
    uint64_t count = trace_lines(0, 0, put);
    uint64_t left_out = count > INNER + OUTER ? count - INNER - OUTER : 0;
    trace_lines(0, INNER, put);
    if (left_out != 0) {
        char digits[20];
        size_t at = sizeof digits;
        for (uint64_t rest = left_out; rest != 0; rest /= 10) digits[--at] = (char)('0' + rest % 10);
        put("  ... ", 6);
        put(digits + at, sizeof digits - at);
        put(" more\n", 6);
    }
    trace_lines(INNER + left_out, count, put);
}
#endif

void mochi_trap(int32_t number, int64_t a, int64_t b) {
    /* The trap function failed itself: nothing more can be said. */
    if (heap.trapping || heap.config.trap == NULL) mochi_host_exit(1);
    heap.trapping = true;
    int32_t site = site_of(number);
    /* No one has noted where memory ended. */
    if (site == MOCHI_SITE_OUT_OF_MEMORY && mochi_here == NULL) mochi_stacks = NULL;
    has_place = site <= MOCHI_SITE_INTERRUPTED;
    heap.config.stress = false;
    if (heap.limit != 0) heap.limit += HEAP_RESERVE;
    mochi_state.root_limit += ROOT_RESERVE;
    if (mochi_state.stack_limit != 0) mochi_state.stack_limit -= MOCHI_STACK_RESERVE;
    heap.config.trap(site, a, b);
    mochi_host_exit(1);
}

void mochi_interrupt(void) {
    mochi_interrupted = 0;
    mochi_trap(MOCHI_SITE_INTERRUPTED, 0, 0);
}

void mochi_stack_overflow(void) { mochi_trap(MOCHI_SITE_STACK_OVERFLOW, 0, 0); }

void mochi_stack_overflow_at(const char *place) {
    mochi_here = place;
    mochi_stack_overflow();
}
