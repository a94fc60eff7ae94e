// SPDX-License-Identifier: Apache-2.0
/*
 * connect connect|send|datagram|sendto ADDRESS PORT COUNT: to a listener of its own, COUNT times
 *   connect   opens and closes a connection; the close is a reset, so that no port waits in TIME_WAIT
 *   send      sends some bytes over one connection and receives them
 *   datagram  sends a datagram of a connected socket, and receives it
 *   sendto    likewise with a name
 * and prints nanoseconds for each.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in to = { .sin_family = AF_INET };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_connection(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	return fd;
}

static void *serve(void *arg)
{
	int listener = *(int *)arg;

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static double time_connections(int listener, int count)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	pthread_t thread;
	double start;
	int i;

	if (pthread_create(&thread, NULL, serve, &listener))
		fail("pthread_create");
	start = now();
	for (i = 0; i < count; i++) {
		int fd = open_connection();

		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	return now() - start;
}

static double time_sends(int listener, int count)
{
	int from = open_connection(), at = accept(listener, NULL, NULL), i;
	char bytes[64] = "";
	double start = now();

	for (i = 0; i < count; i++) {
		if (send(from, bytes, sizeof(bytes), 0) != sizeof(bytes))
			fail("send");
		if (recv(at, bytes, sizeof(bytes), MSG_WAITALL) != sizeof(bytes))
			fail("recv");
	}
	return now() - start;
}

/* The first datagram is decided; what is timed comes after it. */
static double time_datagrams(int with_name, int count)
{
	int from = socket(AF_INET, SOCK_DGRAM, 0), at = socket(AF_INET, SOCK_DGRAM, 0), i;
	const struct sockaddr *name = with_name ? (struct sockaddr *)&to : NULL;
	socklen_t length = with_name ? sizeof(to) : 0;
	char bytes[64] = "";
	double start = 0;

	if (bind(at, (struct sockaddr *)&to, sizeof(to)) ||
	    (!with_name && connect(from, (struct sockaddr *)&to, sizeof(to))))
		fail("datagrams");
	for (i = 0; i <= count; i++) {
		if (i == 1)
			start = now();
		if (sendto(from, bytes, sizeof(bytes), 0, name, length) != sizeof(bytes))
			fail("sendto");
		if (recv(at, bytes, sizeof(bytes), 0) != sizeof(bytes))
			fail("recv");
	}
	return now() - start;
}

int main(int argc, char **argv)
{
	int listener, one = 1, count;
	double time;

	if (argc != 5)
		return 2;
	inet_pton(AF_INET, argv[2], &to.sin_addr);
	to.sin_port = htons(atoi(argv[3]));
	count = atoi(argv[4]);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&to, sizeof(to)) || listen(listener, 1024))
		fail("listen");
	if (!strcmp(argv[1], "connect"))
		time = time_connections(listener, count);
	else if (!strcmp(argv[1], "send"))
		time = time_sends(listener, count);
	else
		time = time_datagrams(!strcmp(argv[1], "sendto"), count);
	printf("%.0f\n", time / count);
	return 0;
}
