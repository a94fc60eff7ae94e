// SPDX-License-Identifier: Apache-2.0
/*
 * probe run < LINES: for each line "UID GID PROGRAM ARGUMENT...", runs the program as that user and waits for it.
 *
 * probe FAMILY ADDRESS PORT MODE: connects once and prints its process id and what became of it: "ok", or the name of the errno.
 * FAMILY is 4 or 6 (a mapped address is family 6); MODE is block or nonblock. For nonblock the answer is that of connect(2)
 * itself when it is not EINPROGRESS, else SO_ERROR once the socket is writable.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int answer(int error)
{
	printf("%d %s\n", getpid(), error ? strerrorname_np(error) : "ok");
	return 0;
}

static int run_line(char *line)
{
	char *words[16], *save = NULL;
	int count = 0, status;
	pid_t pid;

	for (words[0] = strtok_r(line, " \n", &save); words[count] && count < 15;)
		words[++count] = strtok_r(NULL, " \n", &save);
	if (count < 3)
		return 2;
	pid = fork();
	if (!pid) {
		gid_t gid = atoi(words[1]);
		uid_t uid = atoi(words[0]);

		if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
			_exit(3);
		execv(words[2], words + 2);
		_exit(4);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 5;
	return WEXITSTATUS(status);
}

static int run(void)
{
	char line[512];
	int code;

	while (fgets(line, sizeof(line), stdin)) {
		code = run_line(line);
		if (code) {
			fprintf(stderr, "%s: %d\n", line, code);
			return code;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	int is_six, nonblock, fd, error = 0;
	socklen_t size = sizeof(error);
	struct sockaddr *to;
	struct pollfd wait;

	if (argc == 2 && !strcmp(argv[1], "run"))
		return run();
	if (argc < 5)
		return 2;
	is_six = !strcmp(argv[1], "6");
	nonblock = !strcmp(argv[4], "nonblock");
	four.sin_port = six.sin6_port = htons(atoi(argv[3]));
	if (inet_pton(is_six ? AF_INET6 : AF_INET, argv[2],
		      is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr) != 1)
		return 2;
	to = is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	fd = socket(to->sa_family, SOCK_STREAM | (nonblock ? SOCK_NONBLOCK : 0), 0);
	if (fd < 0)
		return answer(errno);
	if (!connect(fd, to, is_six ? sizeof(six) : sizeof(four)))
		return answer(0);
	if (errno != EINPROGRESS)
		return answer(errno);
	wait = (struct pollfd){ .fd = fd, .events = POLLOUT };
	if (poll(&wait, 1, 10000) != 1)
		return answer(ETIMEDOUT);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return answer(error);
}
