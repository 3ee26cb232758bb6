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

extern const uint32_t FX_EPOLLIN, FX_EPOLLRDHUP, FX_EPOLLHUP, FX_EPOLLERR, FX_EPOLLONESHOT, FX_EPOLLEXCLUSIVE;
