// SPDX-License-Identifier: Apache-2.0
/*
 * A 32-bit program without a library: connects to 127.0.0.1:8001 and :8003, each by socketcall(2) and by connect(2), then asks for what
 * the gate refuses (IP_OPTIONS, TCP_ULP, MSG_FASTOPEN), and prints the result of each, 0 or a negative errno, on a line.
 */
enum { EXIT = 1, WRITE = 4, SOCKETCALL = 102, SOCKET = 359, CONNECT = 362, SETSOCKOPT = 366, SENDMSG = 370 };
enum { CALL_SOCKET = 1, CALL_CONNECT = 3 };
enum { AF_INET = 2, SOCK_STREAM = 1, SOL_IP = 0, IP_OPTIONS = 4, SOL_TCP = 6, TCP_ULP = 31, MSG_FASTOPEN = 0x20000000 };

struct address {
	unsigned short family, port;
	unsigned char ip[4], zero[8];
};

struct message {
	void *name;
	int name_length;
	void *parts;
	int parts_length;
	void *control;
	int control_length, flags;
};

static int call(int number, int a, int b, int c, int d, int e)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
	return result;
}

static void tell(int value)
{
	char text[16];
	int at = sizeof(text), rest = value < 0 ? -value : value;

	text[--at] = '\n';
	do
		text[--at] = '0' + rest % 10;
	while (rest /= 10);
	if (value < 0)
		text[--at] = '-';
	call(WRITE, 1, (int)(text + at), sizeof(text) - at, 0, 0);
}

static struct address to(int port)
{
	return (struct address){ .family = AF_INET, .port = (port & 255) << 8 | port >> 8, .ip = { 127, 0, 0, 1 } };
}

static void run(void)
{
	static const int ports[] = { 8001, 8003 };
	unsigned char route[] = { 131, 7, 4, 127, 0, 0, 2, 0 };
	struct address address;
	int i, fd;

	for (i = 0; i < 2; i++) {
		int create[] = { AF_INET, SOCK_STREAM, 0 };
		int where[3];

		address = to(ports[i]);
		fd = call(SOCKETCALL, CALL_SOCKET, (int)create, 0, 0, 0);
		where[0] = fd;
		where[1] = (int)&address;
		where[2] = sizeof(address);
		tell(call(SOCKETCALL, CALL_CONNECT, (int)where, 0, 0, 0));

		fd = call(SOCKET, AF_INET, SOCK_STREAM, 0, 0, 0);
		tell(call(CONNECT, fd, (int)&address, sizeof(address), 0, 0));
	}

	fd = call(SOCKET, AF_INET, SOCK_STREAM, 0, 0, 0);
	tell(call(SETSOCKOPT, fd, SOL_IP, IP_OPTIONS, (int)route, sizeof(route)));
	tell(call(SETSOCKOPT, fd, SOL_TCP, TCP_ULP, (int)"tls", 3));
	{
		struct {
			void *base;
			int length;
		} part = { "out", 3 };
		struct message message = { .name = &address, .name_length = sizeof(address), .parts = &part, .parts_length = 1 };

		tell(call(SENDMSG, fd, (int)&message, MSG_FASTOPEN, 0, 0));
	}
}

void _start(void)
{
	run();
	call(EXIT, 0, 0, 0, 0, 0);
}
