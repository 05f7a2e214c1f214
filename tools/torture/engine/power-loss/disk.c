/*
 * A disk that forgets, preloaded into the engine (LD_PRELOAD).
 *
 * kill -9 leaves the page cache, so it says nothing about a power cut. This shim lets every
 * write reach the files as usual and writes down, before it happens, what was done to the
 * files under DISK_ROOT: opens, writes, truncations, renames, removals and syncs, in order.
 * From that log replay.ts computes what a disk would hold that lost what was not synced.
 *
 *   DISK_ROOT     absolute folder whose files are watched
 *   DISK_LOG      file that the log is appended to
 *   DISK_FAULTS   file with the fault of the moment, "none" or "<kind> <suffix> <amount>":
 *                   write-error    writing to files ending in <suffix> fails with EIO
 *                   sync-error     syncing them fails with EIO; what was unsynced stays so
 *                   short-write    writes take half of what they are given
 *                   full           the files may grow by <amount> bytes, then ENOSPC
 *
 * A record is {kind, handle, offset, length} and `length` bytes; log.ts reads it. One mutex
 * orders the log as the files see it. SQLite's -shm is rebuilt at every start and not watched.
 * What is not modelled (a writable mapping, sendfile) aborts the process, so that nothing
 * escapes silently. Syncing the real files would tell nothing more, so it is not done.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FDS 65536
#define PATH_BYTES 4096
#define SYNC_MICROSECONDS 300 /* about what a fast disk takes: kills fall into syncs, too */

struct record {
  uint32_t kind;
  uint32_t handle;
  uint64_t offset;
  uint32_t length;
  uint32_t unused;
};

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static uint32_t handles[MAX_FDS]; /* 0: not watched */
static char suffixes[MAX_FDS][16]; /* end of the file's name, for faults */
static uint32_t next_handle = 1;
static int log_fd = -1;
static int faults_fd = -1;
static const char *root;
static size_t root_length;

#define REAL(name)                              \
  ({                                            \
    static void *found = NULL;                  \
    if (found == NULL) found = real(#name);     \
    (__typeof__(&name))found;                   \
  })

static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

static void give_up(const char *what) {
  dprintf(2, "The watched disk does not model this: %s\n", what);
  abort();
}

__attribute__((constructor)) static void begin(void) {
  root = getenv("DISK_ROOT");
  const char *log = getenv("DISK_LOG");
  const char *faults = getenv("DISK_FAULTS");
  if (root == NULL || log == NULL) give_up("DISK_ROOT or DISK_LOG is missing");
  root_length = strlen(root);
  log_fd = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0) give_up("DISK_LOG cannot be written");
  if (faults != NULL) faults_fd = REAL(open)(faults, O_RDONLY | O_CLOEXEC);
}

static int ends_with(const char *text, const char *end) {
  size_t a = strlen(text), b = strlen(end);
  return a >= b && strcmp(text + a - b, end) == 0;
}

static int is_watched_path(const char *path) {
  if (log_fd < 0 || strncmp(path, root, root_length) != 0) return 0;
  if (path[root_length] != '/' && path[root_length] != '\0') return 0;
  return !ends_with(path, "-shm");
}

static uint32_t handle_of(int fd) {
  return fd >= 0 && fd < MAX_FDS ? handles[fd] : 0;
}

static const char *below_root(const char *path) {
  return path[root_length] == '/' ? path + root_length + 1 : "";
}

/* In one call, so that the tail of the log is at most one record that was cut off. */
static void note(char kind, uint32_t handle, uint64_t offset, const void *bytes, size_t length) {
  struct record head = {(uint32_t)kind, handle, offset, (uint32_t)length, 0};
  struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, length}};
  ssize_t want = (ssize_t)(sizeof head + length);
  if (REAL(writev)(log_fd, parts, length > 0 ? 2 : 1) != want) give_up("the log is full");
}

static void note_path(char kind, const char *path) {
  const char *name = below_root(path);
  note(kind, 0, 0, name, strlen(name));
}

/* ---- faults ------------------------------------------------------------------------- */

struct fault {
  char kind[24];
  char suffix[32];
  long amount;
};

static struct fault current_fault(void) {
  struct fault fault = {"none", "", 0};
  char text[96] = {0};
  if (faults_fd >= 0 && pread(faults_fd, text, sizeof text - 1, 0) > 0)
    sscanf(text, "%23s %31s %ld", fault.kind, fault.suffix, &fault.amount);
  return fault;
}

static int is_struck(const struct fault *fault, const char *kind, int fd) {
  return strcmp(fault->kind, kind) == 0 && ends_with(suffixes[fd], fault->suffix);
}

/* How much of a write goes through now; -1 with errno when none of it does. */
static ssize_t allowed(int fd, size_t length, off_t offset) {
  static long grown = 0;
  struct fault fault = current_fault();
  if (is_struck(&fault, "write-error", fd)) return errno = EIO, -1;
  if (is_struck(&fault, "short-write", fd) && length > 1) return (ssize_t)(length / 2);
  if (!is_struck(&fault, "full", fd)) return (ssize_t)length;
  struct stat now;
  if (fstat(fd, &now) != 0) return -1;
  off_t more = offset + (off_t)length - now.st_size;
  if (more <= 0) return (ssize_t)length;
  off_t left = fault.amount - grown;
  if (more <= left) return grown += more, (ssize_t)length;
  ssize_t part = (ssize_t)length - (ssize_t)(more - left);
  if (part <= 0) return errno = ENOSPC, -1;
  grown += left;
  return part;
}

/* ---- files -------------------------------------------------------------------------- */

static int opened(int fd, const char *path, int flags) {
  if (fd < 0 || fd >= MAX_FDS) return fd;
  handles[fd] = 0;
  if (!is_watched_path(path)) return fd;
  handles[fd] = next_handle++;
  size_t length = strlen(path);
  strcpy(suffixes[fd], length < 15 ? path : path + length - 15);
  const char *name = below_root(path);
  note('o', handles[fd], (flags & O_TRUNC) != 0, name, strlen(name));
  return fd;
}

static int open_watched(int dir, const char *path, int flags, mode_t mode) {
  char absolute[PATH_BYTES];
  if (path[0] != '/' && getcwd(absolute, sizeof absolute) != NULL && dir == AT_FDCWD)
    snprintf(absolute + strlen(absolute), sizeof absolute - strlen(absolute), "/%s", path);
  else
    snprintf(absolute, sizeof absolute, "%s", path);
  pthread_mutex_lock(&order);
  if ((flags & O_CREAT) && is_watched_path(absolute)) note('n', 0, 0, NULL, 0);
  int fd = opened(REAL(openat)(dir, path, flags, mode), absolute, flags);
  pthread_mutex_unlock(&order);
  return fd;
}

#define MODE_ARGUMENT(flags)                                    \
  mode_t mode = 0;                                              \
  if ((flags) & (O_CREAT | O_TMPFILE)) {                        \
    va_list more;                                               \
    va_start(more, flags);                                      \
    mode = (mode_t)va_arg(more, int);                           \
    va_end(more);                                               \
  }

int open(const char *path, int flags, ...) {
  MODE_ARGUMENT(flags)
  return open_watched(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE_ARGUMENT(flags)
  return open_watched(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
int openat(int dir, const char *path, int flags, ...) {
  MODE_ARGUMENT(flags)
  return open_watched(dir, path, flags, mode);
}

int close(int fd) {
  if (handle_of(fd) == 0) return REAL(close)(fd);
  pthread_mutex_lock(&order);
  handles[fd] = 0;
  int result = REAL(close)(fd);
  pthread_mutex_unlock(&order);
  return result;
}

/* libuv closes with a bare system call. */
long syscall(long number, ...) {
  va_list more;
  va_start(more, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(more, long);
  va_end(more);
  if (number == SYS_close) return close((int)a[0]);
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t offset) {
  pthread_mutex_lock(&order);
  ssize_t part = allowed(fd, length, offset);
  if (part > 0) {
    note('w', handles[fd], (uint64_t)offset, bytes, (size_t)part);
    part = REAL(pwrite)(fd, bytes, (size_t)part, offset);
  }
  pthread_mutex_unlock(&order);
  return part;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  if (handle_of(fd) == 0) return REAL(pwrite)(fd, bytes, length, offset);
  return write_at(fd, bytes, length, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  if (handle_of(fd) == 0) return REAL(write)(fd, bytes, length);
  if (fcntl(fd, F_GETFL) & O_APPEND) lseek(fd, 0, SEEK_END);
  off_t offset = lseek(fd, 0, SEEK_CUR);
  if (offset < 0) give_up("a file that was closed in an unknown way");
  ssize_t written = write_at(fd, bytes, length, offset);
  if (written > 0) lseek(fd, written, SEEK_CUR);
  return written;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (handle_of(fd) == 0) return REAL(writev)(fd, parts, count);
  ssize_t total = 0;
  for (int i = 0; i < count; i++) {
    ssize_t written = write(fd, parts[i].iov_base, parts[i].iov_len);
    if (written < 0) return total > 0 ? total : -1;
    total += written;
    if ((size_t)written < parts[i].iov_len) break;
  }
  return total;
}

int ftruncate(int fd, off_t length) {
  if (handle_of(fd) == 0) return REAL(ftruncate)(fd, length);
  pthread_mutex_lock(&order);
  note('t', handles[fd], (uint64_t)length, NULL, 0);
  int result = REAL(ftruncate)(fd, length);
  pthread_mutex_unlock(&order);
  return result;
}
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

static int sync_watched(int fd) {
  usleep(SYNC_MICROSECONDS);
  pthread_mutex_lock(&order);
  struct fault fault = current_fault();
  int failed = is_struck(&fault, "sync-error", fd);
  note(failed ? 'f' : 's', handles[fd], 0, NULL, 0);
  pthread_mutex_unlock(&order);
  if (failed) errno = EIO;
  return failed ? -1 : 0;
}

int fsync(int fd) { return handle_of(fd) == 0 ? REAL(fsync)(fd) : sync_watched(fd); }
int fdatasync(int fd) { return handle_of(fd) == 0 ? REAL(fdatasync)(fd) : sync_watched(fd); }

/* ---- names -------------------------------------------------------------------------- */

/* Whether a name can be changed shows only afterwards; 'n' says that it is being tried, so
 * that a kill in between is understood. */
#define NAMED(kind, path, call)                 \
  if (!is_watched_path(path)) return call;      \
  pthread_mutex_lock(&order);                   \
  note('n', 0, 0, NULL, 0);                     \
  int result = call;                            \
  if (result == 0) note_path(kind, path);       \
  pthread_mutex_unlock(&order);                 \
  return result;

int mkdir(const char *path, mode_t mode) { NAMED('m', path, REAL(mkdir)(path, mode)) }
int rmdir(const char *path) { NAMED('x', path, REAL(rmdir)(path)) }
int unlink(const char *path) { NAMED('u', path, REAL(unlink)(path)) }

int rename(const char *from, const char *to) {
  if (!is_watched_path(from) || !is_watched_path(to)) return REAL(rename)(from, to);
  char names[2 * PATH_BYTES];
  int length = snprintf(names, sizeof names, "%s\n%s", below_root(from), below_root(to));
  pthread_mutex_lock(&order);
  note('n', 0, 0, NULL, 0);
  int result = REAL(rename)(from, to);
  if (result == 0) note('r', 0, 0, names, (size_t)length);
  pthread_mutex_unlock(&order);
  return result;
}

/* ---- what would escape -------------------------------------------------------------- */

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  if (handle_of(fd) != 0 && (flags & MAP_SHARED) && (protection & PROT_WRITE))
    give_up("a writable mapping of a watched file");
  return REAL(mmap64)(address, length, protection, flags, fd, offset);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t count) {
  if (handle_of(to) != 0) give_up("sendfile into a watched file");
  return REAL(sendfile)(to, from, offset, count);
}
ssize_t sendfile64(int to, int from, off_t *offset, size_t count) {
  return sendfile(to, from, offset, count);
}
