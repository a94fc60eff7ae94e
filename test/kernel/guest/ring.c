// SPDX-License-Identifier: Apache-2.0
/*
 * ring connect FAMILY ADDRESS PORT | ring accept FAMILY ADDRESS PORT: the same as the system call, by io_uring without a library;
 * prints "ok", or the name of the errno. accept listens first, and prints "ready" when it does.
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

static int submit(struct io_uring_sqe *request)
{
	struct io_uring_params params = { 0 };
	int ring = syscall(__NR_io_uring_setup, 4, &params);
	char *sq, *cq;
	struct io_uring_sqe *sqes;
	unsigned int head;

	if (ring < 0)
		return -errno;
	sq = mmap(NULL, params.sq_off.array + params.sq_entries * sizeof(unsigned int), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_CQ_RING);
	sqes = mmap(NULL, params.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
		    IORING_OFF_SQES);
	sqes[0] = *request;
	((unsigned int *)(sq + params.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned int *)(sq + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	head = *(unsigned int *)(cq + params.cq_off.head);
	return ((struct io_uring_cqe *)(cq + params.cq_off.cqes))[head & *(unsigned int *)(cq + params.cq_off.ring_mask)].res;
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	int is_six = argc == 5 && argv[2][0] == '6', fd, one = 1, result;
	struct sockaddr *address = is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t length = is_six ? sizeof(six) : sizeof(four);
	struct io_uring_sqe request = { 0 };

	if (argc != 5 || inet_pton(is_six ? AF_INET6 : AF_INET, argv[3], is_six ? (void *)&six.sin6_addr : &four.sin_addr) != 1)
		return 2;
	six.sin6_port = four.sin_port = htons(atoi(argv[4]));
	fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

	request.fd = fd;
	if (!strcmp(argv[1], "connect")) {
		request.opcode = IORING_OP_CONNECT;
		request.addr = (unsigned long)address;
		request.off = length;
	} else {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(fd, address, length) || listen(fd, 8))
			return 3;
		puts("ready");
		fflush(stdout);
		request.opcode = IORING_OP_ACCEPT;
		/* IOSQE_ASYNC: a worker of the ring accepts, and sleeps in it. */
		request.flags = IOSQE_ASYNC;
	}
	result = submit(&request);
	puts(result < 0 ? strerrorname_np(-result) : "ok");
	return 0;
}
