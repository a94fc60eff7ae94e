// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adoption: sockets that exist when the module is armed are governed from then on.
 *
 * A connection that was begun before is left to live. But a listener yields sockets, and a socket
 * can be disconnected and connected elsewhere, so all are taken over, wherever they are held.
 *
 * Not found are sockets that are in no file table, neither listen nor are connected, and so are in
 * no hash table either: a new socket under way between two processes, or fixed in an io_uring.
 */
#include <linux/file.h>
#include <linux/net.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <net/sock.h>

#include "accepts.h"
#include "adopt.h"
#include "operations.h"
#include "sockets.h"
#include "ulp.h"
#include "walk.h"

enum { FILES_AT_ONCE = 32 };		/* held at the same time */

struct adoption {
	unsigned int adopted;
	int err;
};

static void adopt(struct socket *sock, struct sock *sk, void *data)
{
	struct adoption *adoption = data;
	int adopted = rt_operations_adopt(sock, sk);

	if (adopted < 0)
		adoption->err = adopted;
	else
		adoption->adopted += adopted;
}

/* The sockets that they would return have the operations that the listeners had before. */
static unsigned int restart_accepts(bool *left_out)
{
	struct file *files[FILES_AT_ONCE];
	struct rt_accepts accepts = {};
	unsigned int bucket = 0, count, i;

	do {
		count = rt_sockets_hold_listeners(&bucket, files, ARRAY_SIZE(files),
						  &accepts.left_out);
		for (i = 0; i < count; i++) {
			rt_accepts_hold(&accepts, sock_from_file(files[i])->sk);
			fput(files[i]);
		}
		cond_resched();
	} while (bucket);
	*left_out = accepts.left_out;
	return rt_accepts_restart(&accepts);
}

/**
 * rt_adopt_pass() - adopt the sockets that exist
 *
 * May sleep, long. A socket that is handed on or accepted meanwhile may be missed, and an accept
 * that waits for the lock of its listener is, so another pass is needed until one finds nothing.
 *
 * Return: 0 when it found nothing, 1 when another is needed, or an error.
 */
int rt_adopt_pass(void)
{
	struct adoption adoption = {};
	unsigned int restarted;
	bool left_out;
	int err;

	err = rt_ulp_prepare();
	if (err)
		return err;
	err = rt_walk_files(adopt, &adoption) ?: rt_walk_hashes(adopt, &adoption);
	/* Who took the kernel's operations from a listener before sleeps by now, or is out. */
	synchronize_rcu_tasks();
	restarted = restart_accepts(&left_out);
	return err ?: adoption.err ?: adoption.adopted || restarted || left_out;
}
