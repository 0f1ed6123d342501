/* The host functions on POSIX systems: Linux, macOS, BSD.
 *
 * Nothing is buffered here. Short writes and EINTR are carried on, SIGPIPE and SIGXFSZ are ignored so that a closed pipe
 * and a file over the user's limit are ordinary failures of the write.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1
#endif
#include "mochi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* ---- Stack, reference bank, memory -------------------------------------------------------------------------------- */

#if UINTPTR_MAX > UINT32_MAX
#define STACK_BYTES ((size_t)1 << 30)
#else
#define STACK_BYTES ((size_t)64 << 20)
#endif
#define LEAST_STACK_BYTES ((size_t)4 << 20)

/* Address space that gets memory as it is touched; half of it, and half again, where there is too little. */
static void *reserve(size_t *bytes) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#if defined(MAP_NORESERVE)
    flags |= MAP_NORESERVE;
#endif
    for (; *bytes >= LEAST_STACK_BYTES; *bytes /= 2) {
        void *memory = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (memory == MAP_FAILED) continue;
#if defined(MADV_NOHUGEPAGE)
        madvise(memory, *bytes, MADV_NOHUGEPAGE);
#endif
        return memory;
    }
    return NULL;
}

mochi_Cell *mochi_host_roots(size_t *count) {
    size_t bytes = STACK_BYTES;
    mochi_Cell *roots = reserve(&bytes);
    *count = bytes / sizeof *roots;
    return roots;
}

void mochi_host_free_roots(mochi_Cell *roots, size_t count) { munmap(roots, count * sizeof *roots); }

/* The user's MOCHI_HEAP_LIMIT, else three quarters of the machine. */
size_t mochi_host_memory(void) {
    const char *wanted = getenv("MOCHI_HEAP_LIMIT");
    if (wanted != NULL && atoll(wanted) > 0) return (size_t)atoll(wanted);
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0) return 0;
    return (size_t)pages / 4 * 3 * (size_t)page;
}

typedef struct Program {
    void (*run)(void);
    uintptr_t stack_limit;
} Program;

static void *run_program(void *argument) {
    Program *program = argument;
    mochi_state.stack_limit = program->stack_limit;
    program->run();
    return NULL;
}

static void time_is_over(int number) {
    (void)number;
    mochi_interrupted = 1;
}

/* A program that `mochi run` started ends with it. */
static void tie_to_parent(void) {
#if defined(__linux__)
    if (getenv("MOCHI_TIED") != NULL) prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

/* MOCHI_TIMEOUT is in milliseconds; a program that was made without polls does not notice. */
static void start_clock(void) {
    const char *wanted = getenv("MOCHI_TIMEOUT");
    long milliseconds = wanted == NULL ? 0 : atol(wanted);
    if (milliseconds <= 0) return;
    struct itimerval end = {{0, 0}, {milliseconds / 1000, milliseconds % 1000 * 1000}};
    signal(SIGALRM, time_is_over);
    setitimer(ITIMER_REAL, &end, NULL);
}

void mochi_host_run(int argc, char **argv, void (*run)(void)) {
    (void)argc, (void)argv;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    tie_to_parent();
    start_clock();
    size_t bytes = STACK_BYTES;
    char *stack = reserve(&bytes);
    if (stack == NULL) mochi_fatal("no memory for the stack");
    mprotect(stack, 65536, PROT_NONE);
    /* 256 KB below the trap function's reserve are for C functions, which check nothing. */
    Program program = {run, (uintptr_t)stack + 65536 + (256u << 10) + MOCHI_STACK_RESERVE};
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstack(&attributes, stack, bytes) != 0 ||
        pthread_create(&thread, &attributes, run_program, &program) != 0)
        mochi_fatal("no thread for the program");
    pthread_join(thread, NULL);
}

/* ---- Streams ------------------------------------------------------------------------------------------------------ */

static bool write_all(int file, const uint8_t *at, size_t count) {
    while (count != 0) {
        ssize_t written = write(file, at, count);
        if (written >= 0) {
            at += written;
            count -= (size_t)written;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {file, POLLOUT, 0};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

static ssize_t read_some(int file, uint8_t *at, size_t count) {
    for (;;) {
        ssize_t got = read(file, at, count);
        if (got >= 0) return got;
        if (errno == EAGAIN) {
            struct pollfd ready = {file, POLLIN, 0};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return -1;
        }
    }
}

/* Whoever read standard output has gone, which is no error to explain. */
static bool nobody_reads;

int32_t mochi_host_write(int32_t stream, const mochi_Bytes *bytes, int32_t at, int32_t count) {
    if (write_all(stream, mochi_deref(bytes)->items + at, (size_t)count)) return 0;
    nobody_reads = errno == EPIPE;
    return nobody_reads ? 2 : 1;
}

int32_t mochi_host_read(mochi_Bytes *bytes, int32_t at, int32_t count) {
    ssize_t got = read_some(STDIN_FILENO, mochi_deref(bytes)->items + at, (size_t)count);
    return got < 0 ? 0 : (int32_t)got;
}

int32_t mochi_host_is_terminal(int32_t stream) { return isatty(stream) == 1; }

/* ---- Environment, time, end --------------------------------------------------------------------------------------- */

/* A C string from bytes; false if it would not be the same text, or is too long. */
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

int64_t mochi_host_clock(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t mochi_host_memory_used(void) {
    mochi_Stats stats = mochi_stats();
    return (int64_t)(stats.live_bytes + stats.allocated_bytes);
}

MOCHI_UNUSED static void write_error(const char *text, size_t length) { write_all(STDERR_FILENO, (const uint8_t *)text, length); }

void mochi_host_exit(int32_t code) {
    const char *place = mochi_place();
    if (place != NULL) write_all(STDERR_FILENO, (const uint8_t *)place, strlen(place));
#if !defined(MOCHI_HEAP_STATIC)
    if (code != 0 && !nobody_reads) mochi_trace(write_error);
#endif
    exit(code);
}

void mochi_fatal(const char *what) {
    static const char head[] = "internal error: ";
    write_all(STDERR_FILENO, (const uint8_t *)head, sizeof head - 1);
    write_all(STDERR_FILENO, (const uint8_t *)what, strlen(what));
    write_all(STDERR_FILENO, (const uint8_t *)"\n", 1);
    abort();
}

/* ---- Files: one open for reading, one for writing ------------------------------------------------------------------
 *
 * What is written goes to a file beside the wanted one, which takes its name when all is there: a full disk leaves the old
 * file as it was. A device, a pipe or a link is written as it is.
 */

#define PART ".part"
static int reading = -1, writing = -1;
static bool has_part, write_failed;
static char write_path[4096], part_path[4096 + sizeof PART];

static int open_path(const char *path, int flags) {
    int file;
    do file = open(path, flags | O_CLOEXEC, 0666);
    while (file < 0 && errno == EINTR);
    return file;
}

static int open_file(const mochi_Bytes *path, int flags) {
    char text[4096];
    if (!c_string(path, text, sizeof text)) {
        errno = ENOENT;
        return -1;
    }
    return open_path(text, flags);
}

int64_t mochi_host_file_size(const mochi_Bytes *path) {
    struct stat status;
    if (reading >= 0) close(reading);
    reading = open_file(path, O_RDONLY);
    if (reading < 0) return errno == ENOENT || errno == ENOTDIR ? -1 : -2;
    if (fstat(reading, &status) != 0 || S_ISDIR(status.st_mode)) return -2;
    return status.st_size;
}

int32_t mochi_host_file_read(mochi_Bytes *bytes, int32_t at, int32_t count) {
    return (int32_t)read_some(reading, mochi_deref(bytes)->items + at, (size_t)count);
}

int32_t mochi_host_file_create(const mochi_Bytes *path) {
    struct stat old;
    if (writing >= 0) mochi_host_file_close();
    has_part = write_failed = false;
    if (!c_string(path, write_path, sizeof write_path)) return 1;
    bool exists = lstat(write_path, &old) == 0;
    if (exists && access(write_path, W_OK) != 0) return 1;
    if (!exists || S_ISREG(old.st_mode)) {
        memcpy(part_path, write_path, strlen(write_path));
        strcpy(part_path + strlen(write_path), PART);
        writing = open_path(part_path, O_WRONLY | O_CREAT | O_TRUNC);
        has_part = writing >= 0;
        if (has_part && exists && fchmod(writing, old.st_mode & 07777) != 0) write_failed = true;
    }
    /* A folder that takes no other name may still let its file be written. */
    if (writing < 0) writing = open_path(write_path, O_WRONLY | O_CREAT | O_TRUNC);
    return writing < 0;
}

int32_t mochi_host_file_write(const mochi_Bytes *bytes, int32_t at, int32_t count) {
    bool failed = !write_all(writing, mochi_deref(bytes)->items + at, (size_t)count);
    write_failed |= failed;
    return failed;
}

int32_t mochi_host_file_close(void) {
    int file = writing;
    writing = -1;
    if (file < 0) return 1;
    bool failed = (close(file) != 0) | write_failed;
    if (!has_part) return failed;
    if (!failed && rename(part_path, write_path) == 0) return 0;
    unlink(part_path);
    return 1;
}
