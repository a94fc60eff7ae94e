/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _RT_DESTINATIONS_H
#define _RT_DESTINATIONS_H

#include <linux/types.h>
#include <linux/uidgid.h>

#include "core/core.h"

enum { RT_DESTINATIONS = 8 };		/* that a socket remembers */

struct sock;

/* Who sends, and by which generation; what was decided for one holds for no other. */
struct rt_sender {
	u64 generation;
	u64 image;			/* the number of the program image, not 0 */
	kuid_t uid;
	kgid_t gid;
};

/* Destinations that one sender may send to. */
struct rt_destinations {
	struct rt_sender sender;
	unsigned int count;		/* of those that are filled */
	unsigned int next;		/* to be replaced */
	struct rt_remote remote[RT_DESTINATIONS];
};

bool rt_destinations_have(struct sock *sk, const struct rt_sender *sender,
			  const struct rt_remote *remote);
void rt_destinations_remember(struct sock *sk, const struct rt_sender *sender,
			      const struct rt_remote *remote);

#endif /* _RT_DESTINATIONS_H */
