// SPDX-License-Identifier: Apache-2.0
/*
 * probe FAMILY ADDRESS PORT MODE: connects once and prints what became of it: "ok", or the name of the errno.
 * FAMILY is 4 or 6 (a mapped address is family 6); MODE is block or nonblock. For nonblock the answer is that of connect(2)
 * itself when it is not EINPROGRESS, else SO_ERROR once the socket is writable.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int answer(int error)
{
	puts(error ? strerrorname_np(error) : "ok");
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
