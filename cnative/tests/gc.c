/* The collector on its own: a random graph whose every node knows what its parts must add up to.
 *
 * Built by tests/gc.rs with several heaps; the first argument is what to do. Prints `ok` at the end.
 */
#include "mochi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Node {
    mochi_Object object;
    int32_t depth;
    struct Node *left;
    mochi_Cell right; /* a node or an int: a field of type any */
    uint64_t sum;     /* of the numbers below, and its own */
    int64_t own;
} Node;

typedef struct Nodes {
    mochi_Array array;
    Node *items[];
} Nodes;

enum { NODE = 1, NODES = 2, BYTES = 3, CELLS = 4 };

typedef struct Cells {
    mochi_Array array;
    mochi_Cell items[];
} Cells;

static const uint32_t node_traced[] = {offsetof(Node, left), offsetof(Node, right) + MOCHI_TRACED_CELL};
static const mochi_Type types[] = {
    MOCHI_BOX_TYPE,
    {NODE, NODE, sizeof(Node), 0, MOCHI_STRUCT, MOCHI_LEAF, 2, node_traced},
    {NODES, NODES, offsetof(Nodes, items), sizeof(Node *), MOCHI_ARRAY, MOCHI_REFS, 0, NULL},
    {BYTES, BYTES, offsetof(mochi_Bytes, items), 1, MOCHI_ARRAY, MOCHI_LEAF, 0, NULL},
    {CELLS, CELLS, offsetof(Cells, items), sizeof(mochi_Cell), MOCHI_ARRAY, MOCHI_CELLS, 0, NULL},
};

#define CHECK(c) \
    do { \
        if (!(c)) { \
            printf("line %d: %s\n", __LINE__, #c); \
            fflush(stdout); \
            abort(); \
        } \
    } while (0)

static uint64_t seed = 88172645463325252u;
static uint32_t random_below(uint32_t n) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 20) % n;
}

static void on_trap(int32_t site, int64_t a, int64_t b) {
    (void)a, (void)b;
    printf("trap %d\n", site);
    fflush(stdout);
    exit(3);
}

static void start(size_t limit, size_t threshold, size_t mark_stack, bool stress) {
    mochi_Config config = {0};
    config.types = types;
    config.type_count = 5;
    config.heap_limit = limit;
    config.threshold = threshold;
    config.mark_stack = mark_stack;
    config.stress = stress;
    config.trap = on_trap;
    mochi_start(&config);
}

/* What a node's `right` adds. */
static uint64_t cell_sum(mochi_Cell cell) {
    switch (mochi_any_kind(cell)) {
        case 0: return 0;
        case 2: return (uint64_t)mochi_any_to_i64(cell);
        default: {
            Node *node = mochi_any_to_ref(cell);
            return mochi_deref(node)->sum;
        }
    }
}

/* left and right stand in the bank already, or are nothing. */
static Node *node_new(Node *left, mochi_Cell right, int64_t own) {
    mochi_Cell *frame = mochi_frame(2);
    frame[0] = mochi_cell_of(left);
    frame[1] = right;
    Node *node = mochi_struct_new(Node, NODE);
    mochi_state.root_top = frame;
    mochi_deref(node)->left = left;
    mochi_deref(node)->right = right;
    mochi_deref(node)->own = own;
    mochi_deref(node)->sum = (uint64_t)own + (left != NULL ? mochi_deref(left)->sum : 0) + cell_sum(right);
    return node;
}

static void verify(Node *node, int depth) {
    if (node == NULL || depth == 0) return;
    Node *n = mochi_deref(node);
    CHECK(n->sum == (uint64_t)n->own + (n->left != NULL ? mochi_deref(n->left)->sum : 0) + cell_sum(n->right));
    verify(n->left, depth - 1);
    if (mochi_any_kind(n->right) == 4) verify(mochi_any_to_ref(n->right), depth - 1);
}

#define SLOTS 50

static void graph(int turns) {
    mochi_Cell *frame = mochi_frame(SLOTS);
    for (int turn = 0; turn < turns; turn++) {
        uint32_t at = random_below(SLOTS);
        Node *left = mochi_any_to_ref(frame[random_below(SLOTS)]);
        mochi_Cell right = frame[random_below(SLOTS)];
        /* Now and then an int too big for a cell, and chains cut off so that the graph does not only grow. */
        uint32_t kind = random_below(10);
        if (kind < 2) right = mochi_any_from_i64(INT64_C(1) << (40 + random_below(20)));
        if (kind > 7) left = NULL, right = 0;
        frame[at] = mochi_cell_of(node_new(left, right, random_below(1000)));
        if (turn % 64 == 0) frame[random_below(SLOTS)] = 0;
        if (turn % 500 == 0) memset(frame, 0, SLOTS * sizeof *frame);
        if (turn % 512 == 0) {
            for (int i = 0; i < SLOTS; i++) verify(mochi_any_to_ref(frame[i]), 12);
        }
    }
    mochi_state.root_top = frame;
}

/* Arrays of all sizes, small and large, kept or not, filled with a pattern that must last. */
static void arrays(int turns, int32_t longest) {
    mochi_Cell *frame = mochi_frame(SLOTS);
    for (int turn = 0; turn < turns; turn++) {
        uint32_t at = random_below(SLOTS);
        int32_t len = (int32_t)random_below((uint32_t)longest);
        mochi_Bytes *bytes = mochi_alloc_array(&types[BYTES], len);
        for (int32_t i = 0; i < len; i++) CHECK(mochi_deref(bytes)->items[i] == 0);
        memset(mochi_deref(bytes)->items, (int)(len & 0xFF), (size_t)len);
        frame[at] = mochi_cell_of(bytes);
        for (int i = 0; i < SLOTS; i++) {
            mochi_Bytes *kept = mochi_any_to_ref(frame[i]);
            if (kept == NULL) continue;
            int32_t n = mochi_deref(kept)->array.len;
            if (n > 0) CHECK(mochi_deref(kept)->items[n - 1] == (n & 0xFF) && mochi_deref(kept)->items[0] == (n & 0xFF));
        }
    }
    mochi_state.root_top = frame;
}

/* A wide array of wide arrays of nodes: more at once than a small mark stack holds. */
static void wide(int32_t width) {
    mochi_Cell *frame = mochi_frame(2);
    Cells *outer = mochi_alloc_array(&types[CELLS], width);
    frame[0] = mochi_cell_of(outer);
    for (int32_t i = 0; i < width; i++) {
        Nodes *inner = mochi_alloc_array(&types[NODES], width);
        mochi_deref(outer)->items[i] = mochi_any_from_ref(inner);
        for (int32_t k = 0; k < width; k++) {
            Node *node = node_new(NULL, mochi_any_from_i64(k), i);
            frame[1] = mochi_cell_of(node);
            mochi_deref(inner)->items[k] = node_new(node, 0, 1);
        }
    }
    mochi_collect();
    for (int32_t i = 0; i < width; i++) {
        Nodes *inner = mochi_any_to_ref(mochi_deref(outer)->items[i]);
        for (int32_t k = 0; k < width; k++) CHECK(mochi_deref(mochi_deref(inner)->items[k])->sum == (uint64_t)(k + i + 1));
    }
    mochi_state.root_top = frame;
}

/* Everything is garbage at the end: nothing may be left. */
static void all_gone(void) {
    mochi_state.root_top = mochi_state.root_base;
    mochi_collect();
    mochi_Stats stats = mochi_stats();
    CHECK(stats.live_bytes == 0);
    CHECK(stats.heap_bytes == 0);
}

static const char *what;

static void program(void) {
    if (strcmp(what, "graph") == 0) {
        start(0, 100000, 0, false);
        graph(200000);
        CHECK(mochi_stats().collections > 10);
    } else if (strcmp(what, "stress") == 0) {
        start(0, 0, 0, true);
        graph(3000);
        arrays(300, 20000);
    } else if (strcmp(what, "arrays") == 0) {
        start(0, 1000000, 0, false);
        arrays(20000, 40000);
    } else if (strcmp(what, "wide") == 0) {
        start(0, 50000, 64, false);
        wide(150);
    } else if (strcmp(what, "twice") == 0) {
        for (int i = 0; i < 3; i++) {
            start(0, 100000, 0, false);
            graph(20000);
            mochi_stop();
        }
        start(0, 100000, 0, false);
    } else if (strcmp(what, "limit") == 0) {
        start(4000000, 0, 0, false);
        graph(100000); /* garbage alone never reaches the limit */
        mochi_Cell *frame = mochi_frame(1);
        for (;;) frame[0] = mochi_cell_of(node_new(mochi_any_to_ref(frame[0]), 0, 1));
    } else if (strcmp(what, "huge") == 0) {
        start(50000000, 0, 0, false);
        for (int i = 0; i < 100; i++) mochi_alloc_array(&types[NODES], 1000000);
        mochi_alloc_array(&types[NODES], INT32_MAX);
    } else if (strcmp(what, "small") == 0) { /* for a static heap */
        start(0, 0, 0, false);
        graph(50000);
        arrays(3000, 700);
        wide(8);
    }
    all_gone();
    mochi_stop();
    printf("ok\n");
}

int main(int argc, char **argv) {
    what = argc > 1 ? argv[1] : "graph";
    mochi_host_run(argc, argv, program);
    return 0;
}
