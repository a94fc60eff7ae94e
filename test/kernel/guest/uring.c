// SPDX-License-Identifier: Apache-2.0
/*
 * uring HOW WHAT ADDRESS PORT: io_uring without a library. HOW is "worker" (a worker of the ring makes the call), "poll" (the ring's own
 * thread takes it: SQPOLL) or "fixed" (the socket is a file of the ring alone). WHAT is "connect", "send", which sends a datagram, or "accept", which
 * listens first and prints "ready" when it waits. Then it waits for a line from its input if HOW is "fixed", and prints "ok", or the name of the errno.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct io_uring_params params;
static struct io_uring_sqe *sqes;
static char *queue;
static int ring;

static int set_up(unsigned int flags)
{
	size_t size;

	params.flags = flags;
	params.sq_thread_idle = 100;
	ring = syscall(__NR_io_uring_setup, 4, &params);
	if (ring < 0)
		return -errno;
	/* Both queues are one mapping since 5.4. */
	size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	if (size < params.sq_off.array + params.sq_entries * sizeof(unsigned int))
		size = params.sq_off.array + params.sq_entries * sizeof(unsigned int);
	queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	sqes = mmap(NULL, params.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
		    IORING_OFF_SQES);
	return 0;
}

static int submit(const struct io_uring_sqe *request)
{
	unsigned int flags = IORING_ENTER_GETEVENTS, count = 1;
	struct io_uring_cqe *done = (void *)(queue + params.cq_off.cqes);

	if (params.flags & IORING_SETUP_SQPOLL) {
		flags |= IORING_ENTER_SQ_WAKEUP;
		count = 0;
	}
	sqes[0] = *request;
	((unsigned int *)(queue + params.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned int *)(queue + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	while (syscall(__NR_io_uring_enter, ring, count, 1, flags, NULL, 0) < 0) {
		if (errno != EINTR)
			return -errno;
		count = 0;
	}
	return done[0].res;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct io_uring_sqe request = { .addr = 0 };
	struct iovec part = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &part, .msg_iovlen = 1 };
	int fd, one = 1, result;

	if (argc != 5 || inet_pton(AF_INET, argv[3], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons(atoi(argv[4]));
	result = set_up(strcmp(argv[1], "poll") ? 0 : IORING_SETUP_SQPOLL);
	if (result)
		goto out;
	fd = socket(AF_INET, strcmp(argv[2], "send") ? SOCK_STREAM : SOCK_DGRAM, 0);
	request.fd = fd;
	if (!strcmp(argv[2], "connect")) {
		request.opcode = IORING_OP_CONNECT;
		request.addr = (unsigned long)&to;
		request.off = sizeof(to);
	} else if (!strcmp(argv[2], "send")) {
		request.opcode = IORING_OP_SENDMSG;
		request.addr = (unsigned long)&message;
		request.len = 1;
	} else {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(fd, (struct sockaddr *)&to, sizeof(to)) || listen(fd, 8))
			return 3;
		request.opcode = IORING_OP_ACCEPT;
	}
	if (!strcmp(argv[1], "worker"))
		request.flags = IOSQE_ASYNC;
	if (!strcmp(argv[1], "fixed")) {
		if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_FILES, &fd, 1) < 0)
			return 4;
		close(fd);
		request.fd = 0;
		request.flags = IOSQE_FIXED_FILE;
	}
	if (request.opcode == IORING_OP_ACCEPT || !strcmp(argv[1], "fixed")) {
		puts("ready");
		fflush(stdout);
	}
	if (!strcmp(argv[1], "fixed") && getchar() == EOF)
		return 5;
	result = submit(&request);
out:
	puts(result < 0 ? strerrorname_np(-result) : "ok");
	return 0;
}
