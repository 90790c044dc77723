/* Stands between a process and its disk: records every change below a folder, or breaks one of them.
 *
 * Loaded with LD_PRELOAD. SEEP_DISK_ROOT is the folder, SEEP_DISK_LOG the file of records; without a log nothing
 * is recorded. `seep_disk_watch(folder)` takes another folder. `seep_disk_break(at, kind)` breaks the `at`-th change from then on; `seep_disk_passed()` is the
 * number of changes since. Writes of C's stdio are not seen: the C library calls itself for them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NO_SPACE = 1, IO_ERROR = 2, SHORT = 3, KILL = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root;
static size_t root_length;
static int log_file = -1;
static long passed, break_at;
static int break_kind;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    root = getenv("SEEP_DISK_ROOT");
    root_length = root ? strlen(root) : 0;
    const char *log_path = getenv("SEEP_DISK_LOG");
    if (log_path) log_file = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

void seep_disk_watch(const char *folder) {
    root = strdup(folder);
    root_length = strlen(root);
}

void seep_disk_break(long at, int kind) {
    passed = 0;
    break_at = at;
    break_kind = kind;
}

long seep_disk_passed(void) { return passed; }

static int below(const char *path) {
    return root && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

static int path_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

static int full_path(int folder, const char *name, char *path) {
    if (name[0] == '/') snprintf(path, PATH_MAX, "%s", name);
    else if (folder == AT_FDCWD) {
        if (!getcwd(path, PATH_MAX)) return 0;
        strncat(strncat(path, "/", PATH_MAX - strlen(path) - 1), name, PATH_MAX - strlen(path) - 1);
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, path, PATH_MAX - 1);
        if (length < 0) return 0;
        path[length] = 0;
        strncat(strncat(path, "/", PATH_MAX - strlen(path) - 1), name, PATH_MAX - strlen(path) - 1);
    }
    return below(path);
}

static void record(char what, const char *path, const char *other, int64_t offset, const void *data, int64_t size) {
    if (log_file < 0) return;
    int64_t head[5] = {what, (int64_t)strlen(path), (int64_t)strlen(other), offset, size};
    syscall(SYS_write, log_file, head, sizeof head);
    syscall(SYS_write, log_file, path, strlen(path));
    syscall(SYS_write, log_file, other, strlen(other));
    if (size) syscall(SYS_write, log_file, data, size);
}

/* Count a change; returns the fault of it, or 0. A full disk stays full for all that takes space. */
static int fault(int takes_space) {
    passed++;
    if (!break_at || passed < break_at) return 0;
    if (break_kind == KILL && passed == break_at) kill(getpid(), SIGKILL);
    if (break_kind == NO_SPACE) return takes_space ? NO_SPACE : 0;
    return passed == break_at ? break_kind : 0;
}

static int failed(int kind) {
    errno = kind == NO_SPACE ? ENOSPC : EIO;
    return -1;
}

/* One change: its fault, the call itself, and its record, in one turn. */
#define CHANGE(takes_space, call, what, path, other, offset, data, size)                     \
    do {                                                                                     \
        pthread_mutex_lock(&lock);                                                           \
        int kind = fault(takes_space);                                                       \
        __typeof__(call) result;                                                             \
        if (kind == NO_SPACE || kind == IO_ERROR) result = failed(kind);                     \
        else result = (call);                                                                \
        int error = errno;                                                                   \
        if (result >= 0) record(what, path, other, offset, data, size);                      \
        pthread_mutex_unlock(&lock);                                                         \
        errno = error;                                                                       \
        return result;                                                                       \
    } while (0)

static ssize_t change_bytes(int file, const void *data, size_t size, int64_t at, const char *path) {
    pthread_mutex_lock(&lock);
    int kind = fault(1);
    ssize_t written;
    if (kind == NO_SPACE || kind == IO_ERROR) written = failed(kind);
    else {
        size_t taken = kind == SHORT && size > 1 ? size / 2 : size;
        written = at < 0 ? REAL(write)(file, data, taken) : REAL(pwrite)(file, data, taken, at);
    }
    int error = errno;
    if (written > 0) record('w', path, "", at < 0 ? lseek(file, 0, SEEK_CUR) - written : at, data, written);
    pthread_mutex_unlock(&lock);
    errno = error;
    return written;
}

ssize_t write(int file, const void *data, size_t size) {
    char path[PATH_MAX];
    return path_of(file, path) ? change_bytes(file, data, size, -1, path) : REAL(write)(file, data, size);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    char path[PATH_MAX];
    return path_of(file, path) ? change_bytes(file, data, size, at, path) : REAL(pwrite)(file, data, size, at);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) { return pwrite(file, data, size, at); }

/* Python copies files with it, and writes the bytes itself where it is not supported. */
ssize_t sendfile(int to, int from, off_t *offset, size_t size) {
    char path[PATH_MAX];
    if (!path_of(to, path)) return syscall(SYS_sendfile, to, from, offset, size);
    errno = EINVAL;
    return -1;
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t size) { return sendfile(to, from, offset, size); }

int fsync(int file) {
    char path[PATH_MAX];
    if (!path_of(file, path)) return REAL(fsync)(file);
    CHANGE(0, REAL(fsync)(file), 's', path, "", 0, 0, 0);
}

int fdatasync(int file) { return fsync(file); }

int ftruncate(int file, off_t size) {
    char path[PATH_MAX];
    if (!path_of(file, path)) return REAL(ftruncate)(file, size);
    CHANGE(0, REAL(ftruncate)(file, size), 't', path, "", size, 0, 0);
}

int ftruncate64(int file, off64_t size) { return ftruncate(file, size); }

int rename(const char *from, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    int ours = full_path(AT_FDCWD, from, old);
    if (!full_path(AT_FDCWD, to, new) && !ours) return REAL(rename)(from, to);
    CHANGE(1, REAL(rename)(from, to), 'r', old, new, 0, 0, 0);
}

int link(const char *from, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    int ours = full_path(AT_FDCWD, from, old);
    if (!full_path(AT_FDCWD, to, new) && !ours) return REAL(link)(from, to);
    CHANGE(1, REAL(link)(from, to), 'l', old, new, 0, 0, 0);
}

int unlink(const char *name) {
    char path[PATH_MAX];
    if (!full_path(AT_FDCWD, name, path)) return REAL(unlink)(name);
    CHANGE(0, REAL(unlink)(name), 'u', path, "", 0, 0, 0);
}

int unlinkat(int folder, const char *name, int flags) {
    char path[PATH_MAX];
    if (!full_path(folder, name, path)) return REAL(unlinkat)(folder, name, flags);
    CHANGE(0, REAL(unlinkat)(folder, name, flags), 'u', path, "", 0, 0, 0);
}

int rmdir(const char *name) {
    char path[PATH_MAX];
    if (!full_path(AT_FDCWD, name, path)) return REAL(rmdir)(name);
    CHANGE(0, REAL(rmdir)(name), 'u', path, "", 0, 0, 0);
}

int mkdir(const char *name, mode_t mode) {
    char path[PATH_MAX];
    if (!full_path(AT_FDCWD, name, path)) return REAL(mkdir)(name, mode);
    CHANGE(1, REAL(mkdir)(name, mode), 'm', path, "", 0, 0, 0);
}

static int open_any(int folder, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    int changes = (flags & O_CREAT) || (flags & O_TRUNC);
    if (!changes || !full_path(folder, name, path)) return (int)syscall(SYS_openat, folder, name, flags, mode);
    struct stat known;
    int there = !stat(path, &known);
    if (there && !(flags & O_TRUNC)) return (int)syscall(SYS_openat, folder, name, flags, mode);
    CHANGE(1, (int)syscall(SYS_openat, folder, name, flags, mode), there ? 't' : 'c', path, "", 0, 0, 0);
}

#define OPENS(name, before, folder)                          \
    int name before {                                        \
        mode_t mode = 0;                                     \
        if (flags & (O_CREAT | O_TMPFILE)) {                 \
            va_list more;                                    \
            va_start(more, flags);                           \
            mode = va_arg(more, mode_t);                     \
            va_end(more);                                    \
        }                                                    \
        return open_any(folder, path, flags, mode);          \
    }

OPENS(open, (const char *path, int flags, ...), AT_FDCWD)
OPENS(open64, (const char *path, int flags, ...), AT_FDCWD)
OPENS(openat, (int folder, const char *path, int flags, ...), folder)
OPENS(openat64, (int folder, const char *path, int flags, ...), folder)
