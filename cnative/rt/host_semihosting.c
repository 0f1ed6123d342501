/* The host functions on bare Arm Cortex-M with semihosting: a debugger or QEMU does the I/O.
 *
 * Streams, end and clock work; there is no environment and there are no files. The linker script gives the stack between
 * `__stack_limit` and its top; without that symbol, MOCHI_STACK_BYTES (8 KB) below the frame of main are taken for it.
 */
#include "mochi.h"

#if !defined(MOCHI_ROOTS)
#define MOCHI_ROOTS 512
#endif
#if !defined(MOCHI_STACK_BYTES)
#define MOCHI_STACK_BYTES 8192u
#endif

enum { SYS_OPEN = 1, SYS_WRITE = 5, SYS_READ = 6, SYS_TIME = 0x11, SYS_EXIT = 0x18, SYS_EXIT_EXTENDED = 0x20 };

/* The operation goes in r0, the address of its arguments in r1; the answer comes in r0. */
static intptr_t semihost(intptr_t operation, const void *arguments) {
#if MOCHI_GNU && defined(__thumb__)
    register intptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
#else
    (void)operation, (void)arguments;
    return -1;
#endif
}

#if defined(__GNUC__)
extern char __stack_limit[] __attribute__((weak));
#endif

mochi_Cell *mochi_host_roots(size_t *count) {
    static mochi_Cell roots[MOCHI_ROOTS];
    *count = MOCHI_ROOTS;
    return roots;
}

void mochi_host_free_roots(mochi_Cell *roots, size_t count) { (void)roots, (void)count; }

size_t mochi_host_memory(void) { return 0; }

/* Handles of stdin, stdout and stderr: ":tt" opened with modes r, w and a. */
static intptr_t streams[3] = {-1, -1, -1};

static intptr_t stream_handle(int32_t stream) {
    static const uintptr_t modes[3] = {0, 4, 8};
    if (streams[stream] < 0) {
        const uintptr_t arguments[3] = {(uintptr_t)":tt", modes[stream], 3};
        streams[stream] = semihost(SYS_OPEN, arguments);
    }
    return streams[stream];
}

void mochi_host_run(int argc, char **argv, void (*program)(void)) {
    (void)argc, (void)argv;
    uintptr_t limit = mochi_stack_pointer() - MOCHI_STACK_BYTES;
#if defined(__GNUC__)
    if (__stack_limit != NULL) limit = (uintptr_t)__stack_limit;
#endif
    mochi_state.stack_limit = limit + 256 + MOCHI_STACK_RESERVE;
    program();
    mochi_host_exit(0);
}

/* SYS_WRITE gives the number of bytes that were not written. */
int32_t mochi_host_write(int32_t stream, const mochi_Bytes *bytes, int32_t at, int32_t count) {
    const uintptr_t arguments[3] = {(uintptr_t)stream_handle(stream), (uintptr_t)(mochi_deref(bytes)->items + at), (uintptr_t)count};
    return semihost(SYS_WRITE, arguments) != 0;
}

int32_t mochi_host_read(mochi_Bytes *bytes, int32_t at, int32_t count) {
    const uintptr_t arguments[3] = {(uintptr_t)stream_handle(0), (uintptr_t)(mochi_deref(bytes)->items + at), (uintptr_t)count};
    intptr_t missing = semihost(SYS_READ, arguments);
    return missing < 0 || missing > count ? 0 : count - (int32_t)missing;
}

int32_t mochi_host_is_terminal(int32_t stream) {
    (void)stream;
    return 0;
}

void mochi_host_exit(int32_t code) {
    const uintptr_t arguments[2] = {0x20026, (uintptr_t)code};
    semihost(SYS_EXIT_EXTENDED, arguments);
    semihost(SYS_EXIT, (const void *)(uintptr_t)(code == 0 ? 0x20026 : 0x20023));
    for (;;) {}
}

void mochi_fatal(const char *what) {
    size_t count = 0;
    while (what[count] != 0) count++;
    const uintptr_t arguments[3] = {(uintptr_t)stream_handle(2), (uintptr_t)what, count};
    semihost(SYS_WRITE, arguments);
    mochi_host_exit(134);
}

int32_t mochi_host_env(const mochi_Bytes *name, mochi_Bytes *out) {
    (void)name, (void)out;
    return -1;
}

/* Whole seconds are all that semihosting knows. */
int64_t mochi_host_clock(void) { return (int64_t)semihost(SYS_TIME, NULL) * 1000000000; }

int64_t mochi_host_memory_used(void) {
    mochi_Stats stats = mochi_stats();
    return (int64_t)(stats.live_bytes + stats.allocated_bytes);
}

int64_t mochi_host_file_size(const mochi_Bytes *path) {
    (void)path;
    return -1;
}

int32_t mochi_host_file_read(mochi_Bytes *bytes, int32_t at, int32_t count) {
    (void)bytes, (void)at, (void)count;
    return -1;
}

int32_t mochi_host_file_create(const mochi_Bytes *path) {
    (void)path;
    return 1;
}

int32_t mochi_host_file_write(const mochi_Bytes *bytes, int32_t at, int32_t count) {
    (void)bytes, (void)at, (void)count;
    return 1;
}

int32_t mochi_host_file_close(void) { return 1; }
