// SPDX-License-Identifier: Apache-2.0
/*
 * accepts PORT ELSEWHERE COUNT: a listener, and threads in an accept of it. Prints "ready" when they are about to sleep. Each that
 * gets a connection takes its socket to connect elsewhere, prints what became of that (the errno), and ends.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STACK = 32768 };

static struct sockaddr_in address = { .sin_family = AF_INET }, elsewhere;
static int listener;

static void *accept_one(void *nothing)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };
	int accepted = accept(listener, NULL, NULL);

	if (accepted < 0)
		err(1, "accept");
	connect(accepted, &none, sizeof(none));
	errno = 0;
	connect(accepted, (const struct sockaddr *)&elsewhere, sizeof(elsewhere));
	printf("%d\n", errno);
	return nothing;
}

int main(int count, char **arguments)
{
	pthread_attr_t small;
	pthread_t thread;
	int i;

	if (count != 4)
		errx(2, "accepts PORT ELSEWHERE COUNT");
	setvbuf(stdout, NULL, _IOLBF, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	elsewhere = address;
	address.sin_port = htons(atoi(arguments[1]));
	elsewhere.sin_port = htons(atoi(arguments[2]));
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) || listen(listener, 64))
		err(1, "listen");

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK);
	for (i = 0; i < atoi(arguments[3]); i++) {
		errno = pthread_create(&thread, &small, accept_one, NULL);
		if (errno)
			err(1, "thread %d", i);
	}
	puts("ready");
	pause();
	return 0;
}
