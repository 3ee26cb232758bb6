#pragma once
/* What Swift's Glibc module leaves out. Flags come as constants because some are enum values or 1u << 31. */
#include <stdint.h>

/* epoll_wait(2) for one event: 1 and the event's parts, 0 on a timeout, or -1 with errno. */
int fx_epoll_create(void);
int fx_epoll_wait_one(int epoll, int timeout_milliseconds, uint32_t *events, uint64_t *data);
int fx_epoll_add(int epoll, int fd, uint32_t events, uint64_t data);
int fx_epoll_modify(int epoll, int fd, uint32_t events, uint64_t data);
int fx_epoll_remove(int epoll, int fd);
/* accept4(2) with SOCK_CLOEXEC. */
int fx_accept(int listener);

extern const uint32_t FX_EPOLLIN, FX_EPOLLOUT, FX_EPOLLRDHUP, FX_EPOLLHUP, FX_EPOLLERR, FX_EPOLLONESHOT, FX_EPOLLEXCLUSIVE;

/* pthread_setname_np(3) for the calling thread; Linux keeps 15 bytes. */
void fx_thread_set_name(const char *name);
/* signalfd(2) for the calling thread's blocked signals: a descriptor that gives each of `signals` as 128 bytes, or -1. */
int fx_signal_descriptor(const int *signals, int count);
/* Blocks `signals` for the calling thread and all threads it makes. 0, or an errno. */
int fx_signals_block(const int *signals, int count);

/* statfs(2): f_type and the bytes an unprivileged process may still write, and all there are. 0, or -1 with errno. */
int fx_statfs(const char *path, uint64_t *magic, uint64_t *available_bytes, uint64_t *total_bytes);

/* sd_pid_notify_with_fds(3): tells the service manager at `path` (the value of NOTIFY_SOCKET) `state`, and passes it
 * `descriptor` unless that is -1. 0, or -1 with errno. */
int fx_notify(const char *path, const char *state, int descriptor);

/* adjtimex(2): 1 where something keeps the clock right, 0 where nothing does, -1 where the kernel does not tell. */
int fx_clock_is_synchronized(void);

/* eventfd(2): a descriptor that becomes readable for everybody once it is signalled, or -1. */
int fx_event_descriptor(void);
int fx_event_signal(int descriptor);

/* memfd_create(2): an anonymous file in memory that goes with its last descriptor, or -1. `name` is for /proc only. */
int fx_memory_file(const char *name);
/* pipe2(2) with O_CLOEXEC: the reading end, then the writing end. 0, or -1 with errno. */
int fx_pipe(int ends[2]);
/* sigaction(2): from now on each of `signals`, on whatever thread it comes, is one byte with its number in a pipe. For
   processes with threads whose masks are not ours; only the last call counts. 0, or -1 with errno. */
int fx_signals_to_pipe(const int *signals, int count, int writing_end);
