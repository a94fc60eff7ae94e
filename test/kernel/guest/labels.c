// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connects to port 8001 of loopback, and prints "ok" or the error. What it does before is said by words, one after the other:
 *
 *   signals N       says "ready", then connects for each SIGUSR1, N times, instead of once
 *   env NAME VALUE  writes over a variable of its own environment, in place
 *   add NAME VALUE  sets a variable, which is not where the kernel looks
 *   real UID        changes the real user only
 *   rgid GID        changes the real group only
 *   groups G,G,…    changes the supplementary groups
 *   unshare         makes a network namespace, with a loopback that is up
 *   again           connects, and goes on
 *   run PROGRAM …   starts a program as a child, waits for it, and does not connect
 *   orphan PROGRAM … starts one, and ends; the child connects once it has another parent
 *   sibling PROGRAM … starts one whose parent is the parent of this process
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void try_connect(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(8001) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	puts(connect(fd, (struct sockaddr *)&to, sizeof(to)) ? strerrorname_np(errno) : "ok");
	fflush(stdout);
	close(fd);
}

static void on_signals(int count)
{
	sigset_t set;
	int i, signal;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	fflush(stdout);
	for (i = 0; i < count; i++) {
		sigwait(&set, &signal);
		try_connect();
	}
}

static void must(int failed, const char *what)
{
	if (failed) {
		perror(what);
		exit(9);
	}
}

static void set_groups(char *list)
{
	gid_t groups[64];
	size_t count = 0;
	char *word;

	for (word = strtok(list, ","); word; word = strtok(NULL, ","))
		groups[count++] = strtoul(word, NULL, 10);
	must(setgroups(count, groups), "setgroups");
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	must(ioctl(fd, SIOCSIFFLAGS, &request), "loopback");
	close(fd);
}

/* Starts a program: as a child, as a child that waits until it is an orphan, or as a sibling. */
static int start(char **argv)
{
	int is_sibling = !strcmp(argv[0], "sibling"), is_orphan = !strcmp(argv[0], "orphan");
	pid_t parent = getpid(), pid;

	pid = syscall(SYS_clone, (is_sibling ? CLONE_PARENT : 0) | SIGCHLD, NULL, NULL, NULL, NULL);
	must(pid < 0, "clone");
	if (!pid) {
		while (is_orphan && getppid() == parent)
			usleep(1000);
		execv(argv[1], argv + 1);
		must(1, argv[1]);
	}
	if (is_sibling)
		sleep(3);
	else if (!is_orphan)
		waitpid(pid, NULL, 0);
	return 0;
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "signals")) {
			on_signals(atoi(argv[i + 1]));
			return 0;
		} else if (!strcmp(argv[i], "env")) {
			strcpy(getenv(argv[i + 1]), argv[i + 2]);
			i += 2;
		} else if (!strcmp(argv[i], "add")) {
			setenv(argv[i + 1], argv[i + 2], 1);
			i += 2;
		} else if (!strcmp(argv[i], "real")) {
			must(setresuid(atoi(argv[++i]), -1, -1), "setresuid");
		} else if (!strcmp(argv[i], "rgid")) {
			must(setresgid(atoi(argv[++i]), -1, -1), "setresgid");
		} else if (!strcmp(argv[i], "groups")) {
			set_groups(argv[++i]);
		} else if (!strcmp(argv[i], "unshare")) {
			must(unshare(CLONE_NEWNET), "unshare");
			loopback_up();
		} else if (!strcmp(argv[i], "again")) {
			try_connect();
		} else {
			return start(argv + i);
		}
	}
	try_connect();
	return 0;
}
