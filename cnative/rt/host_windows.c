/* The host functions on Windows, over the C runtime; streams and files in binary mode.
 *
 * The few functions of the system are declared here: <windows.h> defines thousands of names.
 */
#include "mochi.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define STACK_BYTES ((size_t)1 << 30)
#define MEM_COMMIT 0x1000u
#define MEM_RESERVE 0x2000u
#define MEM_RELEASE 0x8000u
#define PAGE_READWRITE 4u
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x10000u

__declspec(dllimport) void *__stdcall VirtualAlloc(void *, size_t, unsigned long, unsigned long);
__declspec(dllimport) int __stdcall VirtualFree(void *, size_t, unsigned long);
__declspec(dllimport) void *__stdcall CreateThread(void *, size_t, unsigned long(__stdcall *)(void *), void *, unsigned long,
                                                   unsigned long *);
__declspec(dllimport) unsigned long __stdcall WaitForSingleObject(void *, unsigned long);
__declspec(dllimport) void __stdcall GetSystemTimeAsFileTime(uint64_t *);
__declspec(dllimport) int __stdcall GetPhysicallyInstalledSystemMemory(uint64_t *);

/* ---- Stack, reference bank, memory -------------------------------------------------------------------------------- */

/* Windows commits memory when asked, not when touched: a smaller bank than the stack, all of it at once. */
mochi_Cell *mochi_host_roots(size_t *count) {
    *count = (size_t)8 << 20;
    return VirtualAlloc(NULL, *count * sizeof(mochi_Cell), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void mochi_host_free_roots(mochi_Cell *roots, size_t count) {
    (void)count;
    VirtualFree(roots, 0, MEM_RELEASE);
}

size_t mochi_host_memory(void) {
    uint64_t kilobytes = 0;
    if (!GetPhysicallyInstalledSystemMemory(&kilobytes)) return 0;
    return (size_t)(kilobytes / 4 * 3 * 1024);
}

static unsigned long __stdcall run_program(void *argument) {
    mochi_state.stack_limit = mochi_stack_pointer() - STACK_BYTES + (512u << 10) + MOCHI_STACK_RESERVE;
    (*(void (**)(void))argument)();
    return 0;
}

void mochi_host_run(int argc, char **argv, void (*program)(void)) {
    (void)argc, (void)argv;
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
    _setmode(2, _O_BINARY);
    void *thread = CreateThread(NULL, STACK_BYTES, run_program, &program, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread == NULL) mochi_fatal("no thread for the program");
    WaitForSingleObject(thread, 0xFFFFFFFFu);
}

/* ---- Streams ------------------------------------------------------------------------------------------------------ */

static bool write_all(int file, const uint8_t *at, size_t count) {
    while (count != 0) {
        int written = _write(file, at, count > 1 << 20 ? 1u << 20 : (unsigned)count);
        if (written <= 0) return false;
        at += written;
        count -= (size_t)written;
    }
    return true;
}

int32_t mochi_host_write(int32_t stream, const mochi_Bytes *bytes, int32_t at, int32_t count) {
    return !write_all(stream, mochi_deref(bytes)->items + at, (size_t)count);
}

int32_t mochi_host_read(mochi_Bytes *bytes, int32_t at, int32_t count) {
    int got = _read(0, mochi_deref(bytes)->items + at, (unsigned)count);
    return got < 0 ? 0 : got;
}

int32_t mochi_host_is_terminal(int32_t stream) { return _isatty(stream) != 0; }

/* ---- Environment, time, end --------------------------------------------------------------------------------------- */

static bool c_string(const mochi_Bytes *bytes, char *text, size_t room) {
    const mochi_Bytes *from = mochi_deref(bytes);
    size_t len = (size_t)from->array.len;
    if (len >= room || memchr(from->items, 0, len) != NULL) return false;
    memcpy(text, from->items, len);
    text[len] = 0;
    return true;
}

int32_t mochi_host_env(const mochi_Bytes *name, mochi_Bytes *out) {
    char text[1024];
    if (!c_string(name, text, sizeof text)) return -1;
    const char *value = getenv(text);
    if (value == NULL) return -1;
    size_t len = strlen(value), room = (size_t)mochi_deref(out)->array.len;
    memcpy(mochi_deref(out)->items, value, len < room ? len : room);
    return (int32_t)len;
}

/* The system counts units of 100 ns since 1601. */
int64_t mochi_host_clock(void) {
    uint64_t now;
    GetSystemTimeAsFileTime(&now);
    return ((int64_t)now - INT64_C(116444736000000000)) * 100;
}

int64_t mochi_host_memory_used(void) {
    mochi_Stats stats = mochi_stats();
    return (int64_t)(stats.live_bytes + stats.allocated_bytes);
}

static void write_error(const char *text, size_t length) { write_all(2, (const uint8_t *)text, length); }

void mochi_host_exit(int32_t code) {
    const char *place = mochi_place();
    if (place != NULL) write_all(2, (const uint8_t *)place, strlen(place));
    if (code != 0) mochi_trace(write_error);
    exit(code);
}

void mochi_fatal(const char *what) {
    static const char head[] = "internal error: ";
    write_all(2, (const uint8_t *)head, sizeof head - 1);
    write_all(2, (const uint8_t *)what, strlen(what));
    write_all(2, (const uint8_t *)"\n", 1);
    exit(134);
}

/* ---- Files: one open for reading, one for writing ------------------------------------------------------------------ */

static int reading = -1, writing = -1;

static int open_file(const mochi_Bytes *path, int flags) {
    char text[4096];
    return c_string(path, text, sizeof text) ? _open(text, flags | _O_BINARY, _S_IREAD | _S_IWRITE) : -1;
}

int64_t mochi_host_file_size(const mochi_Bytes *path) {
    if (reading >= 0) _close(reading);
    reading = open_file(path, _O_RDONLY);
    return reading < 0 ? -1 : _filelengthi64(reading);
}

int32_t mochi_host_file_read(mochi_Bytes *bytes, int32_t at, int32_t count) {
    return _read(reading, mochi_deref(bytes)->items + at, (unsigned)count);
}

int32_t mochi_host_file_create(const mochi_Bytes *path) {
    if (writing >= 0) _close(writing);
    writing = open_file(path, _O_WRONLY | _O_CREAT | _O_TRUNC);
    return writing < 0;
}

int32_t mochi_host_file_write(const mochi_Bytes *bytes, int32_t at, int32_t count) {
    return !write_all(writing, mochi_deref(bytes)->items + at, (size_t)count);
}

int32_t mochi_host_file_close(void) {
    int file = writing;
    writing = -1;
    return file < 0 || _close(file) != 0;
}
