// SPDX-License-Identifier: Apache-2.0
/*
 * execs SECONDS ALLOWED DENIED: processes whose threads all connect for the first time while one of them executes the program anew,
 * beside many more that live for one connect. Root may connect to ALLOWED and not to DENIED on 127.0.0.1. Prints the number of connects,
 * and of those that were decided otherwise.
 *
 * execs uids ALLOWED DENIED: what a thread gets that alone became user 1234 by the system call, then one that stayed: "ok" or "EACCES".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 12, GENERATIONS = 4 };

struct counts {
	atomic_long connects, wrong;
};

static struct counts *counts;
static int allowed, denied;

/* The connection is reset at the end, so that none is left behind. */
static int reach(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct linger none = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	error = connect(fd, (struct sockaddr *)&to, sizeof(to)) ? errno : 0;
	close(fd);
	return error;
}

static void check(void)
{
	int first = reach(denied), second = reach(allowed);

	counts->connects += 2;
	if (first != EACCES)
		counts->wrong++;
	/* Ports may run out. */
	if (second == EACCES)
		counts->wrong++;
}

static void *connect_at(void *barrier)
{
	pthread_barrier_wait(barrier);
	for (;;)
		check();
	return NULL;
}

/* All threads connect at once, and then the process becomes another program. */
static void generation(char **argv, int left)
{
	pthread_barrier_t barrier;
	pthread_t thread;
	char text[16];
	int i;

	if (!left)
		_exit(0);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, connect_at, &barrier);
	pthread_barrier_wait(&barrier);
	usleep(rand() % 3000);
	snprintf(text, sizeof(text), "%d", left - 1);
	setenv("LEFT", text, 1);
	execv("/proc/self/exe", argv);
	_exit(127);
}

static void *as_user(void *unused)
{
	(void)unused;
	if (syscall(SYS_setresuid, 1234, 1234, 1234))
		perror("setresuid");
	puts(reach(denied) == EACCES ? "EACCES" : "ok");
	return NULL;
}

static void *as_root(void *unused)
{
	(void)unused;
	puts(reach(denied) == EACCES ? "EACCES" : "ok");
	return NULL;
}

int main(int argc, char **argv)
{
	void *(*const threads[])(void *) = { as_user, as_root };
	char text[16];
	time_t end;
	int i, fd;

	if (argc != 4)
		return 2;
	allowed = atoi(argv[2]);
	denied = atoi(argv[3]);
	if (!strcmp(argv[1], "uids")) {
		for (i = 0; i < 2; i++) {
			pthread_t thread;

			pthread_create(&thread, NULL, threads[i], NULL);
			pthread_join(thread, NULL);
		}
		return 0;
	}
	fd = getenv("COUNTS") ? atoi(getenv("COUNTS")) : memfd_create("counts", 0);
	if (ftruncate(fd, sizeof(*counts)))
		return 3;
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	srand(getpid());
	if (getenv("LEFT"))
		generation(argv, atoi(getenv("LEFT")));

	snprintf(text, sizeof(text), "%d", fd);
	setenv("COUNTS", text, 1);
	for (end = time(NULL) + atoi(argv[1]); time(NULL) < end;) {
		if (!fork())
			generation(argv, GENERATIONS);
		for (i = 0; i < 20; i++) {
			if (!fork()) {
				check();
				_exit(0);
			}
		}
		while (wait(NULL) > 0)
			;
	}
	printf("%ld %ld\n", counts->connects, counts->wrong);
	return 0;
}
