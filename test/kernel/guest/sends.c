// SPDX-License-Identifier: Apache-2.0
/*
 * sends SECONDS DENIED ALLOWED [udp]: threads send and receive on a socket in a loop, from before it connects until it is closed, by every
 * call that can carry bytes, while others connect it to 127.0.0.1 or ::1 at the two ports and disconnect it. Prints how often each
 * connect succeeded and was refused, and how many bytes the sends took.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { SENDERS = 6, RECEIVERS = 2, ROUND_MS = 40 };

static const char mark[] = "riptides-must-not-leave";
static atomic_int stop, is_six;
static atomic_long sent, connected[2], refused[2];
static int fd, file, ports[2];

static void *send_loop(void *argument)
{
	long kind = (long)argument;
	struct iovec part = { .iov_base = (void *)mark, .iov_len = sizeof(mark) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int pipes[2];
	loff_t offset;
	off_t position;
	long got = 0;

	if (pipe(pipes))
		return NULL;
	while (!stop) {
		switch (kind) {
		case 0: /* sleeps while the socket connects */
			got = send(fd, mark, sizeof(mark), MSG_NOSIGNAL);
			break;
		case 1:
			got = send(fd, mark, sizeof(mark), MSG_NOSIGNAL | MSG_DONTWAIT);
			break;
		case 2:
			got = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_MORE | MSG_DONTWAIT);
			break;
		case 3:
			position = 0;
			got = sendfile(fd, file, &position, sizeof(mark));
			break;
		case 4:
			offset = 0;
			if (splice(file, &offset, pipes[1], NULL, sizeof(mark), SPLICE_F_NONBLOCK) > 0)
				got = splice(pipes[0], NULL, fd, NULL, sizeof(mark), SPLICE_F_NONBLOCK);
			break;
		case 5:
			got = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_ZEROCOPY | MSG_DONTWAIT);
			break;
		}
		if (got > 0)
			sent += got;
	}
	close(pipes[0]);
	close(pipes[1]);
	return NULL;
}

static void *receive_loop(void *argument)
{
	char buffer[4096];

	while (!stop) {
		if (argument)
			recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		else
			read(fd, buffer, sizeof(buffer));
	}
	return NULL;
}

static int connect_to(int which)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(ports[which]), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(ports[which]),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	int error = 0, result;
	socklen_t size = sizeof(error);

	result = is_six ? connect(fd, (struct sockaddr *)&six, sizeof(six)) : connect(fd, (struct sockaddr *)&four, sizeof(four));
	if (result && errno == EACCES) {
		refused[which]++;
	} else if (!result) {
		connected[which]++;
	} else if (errno == EINPROGRESS) {
		poll(&wait, 1, 5);
		if (!getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) && !error)
			connected[which]++;
	}
	return result;
}

/* 0 connects where it may not, 1 where it may and disconnects: each also in the middle of the other. */
static void *connect_loop(void *argument)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	while (!stop) {
		if (argument) {
			connect_to(1);
			usleep(rand() % 300);
			connect(fd, &none, sizeof(none));
		} else {
			connect_to(0);
		}
		usleep(rand() % 100);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[SENDERS + RECEIVERS + 2];
	time_t end;
	long i, round;

	if (argc != 4 && argc != 5)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	end = time(NULL) + atoi(argv[1]);
	ports[0] = atoi(argv[2]);
	ports[1] = atoi(argv[3]);
	file = memfd_create("mark", 0);
	if (write(file, mark, sizeof(mark)) != sizeof(mark))
		return 3;
	for (round = 0; time(NULL) < end; round++) {
		struct timeval limit = { .tv_usec = 10000 };
		int count = 0, one = 1;

		is_six = round & 1;
		fd = socket(is_six ? AF_INET6 : AF_INET,
			    (argc == 5 ? SOCK_DGRAM : SOCK_STREAM) | (round & 2 ? SOCK_NONBLOCK : 0), 0);
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one));
		setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof(one));
		stop = 0;
		for (i = 0; i < SENDERS; i++)
			pthread_create(&threads[count++], NULL, send_loop, (void *)i);
		for (i = 0; i < RECEIVERS; i++)
			pthread_create(&threads[count++], NULL, receive_loop, (void *)i);
		usleep(2000);
		/* By turns only where it may not, only where it may, and both at once. */
		for (i = 0; i < 2; i++) {
			if (round % 3 == 2 || round % 3 == i)
				pthread_create(&threads[count++], NULL, connect_loop, (void *)i);
		}
		usleep(ROUND_MS * 1000);
		stop = 1;
		while (count)
			pthread_join(threads[--count], NULL);
		close(fd);
	}
	printf("%ld rounds, %ld bytes; denied: %ld connected, %ld refused; allowed: %ld connected, %ld refused\n", round, sent,
	       connected[0], refused[0], connected[1], refused[1]);
	return 0;
}
