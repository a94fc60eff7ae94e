// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reason why a command was refused, in words.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/netlink.h>

#include "reason.h"

enum {
	REASONS = 32,
	REASON_SIZE = 192,
};

/**
 * rt_fail() - set the reason of a refusal
 * @extack: takes the text; may be NULL
 * @err: what the command returns
 * @format: of the text
 *
 * The kernel reads the text when it makes the answer, after the command has returned, so it
 * cannot be on the stack. The buffers are used in turn: a text could only be overwritten too
 * early by 32 refusals at the same time, all of the superuser's own commands.
 *
 * Return: @err.
 */
int rt_fail(struct netlink_ext_ack *extack, int err, const char *format, ...)
{
	static char reasons[REASONS][REASON_SIZE];
	static atomic_t turn = ATOMIC_INIT(0);
	char *reason = reasons[(unsigned int)atomic_inc_return(&turn) % REASONS];
	va_list args;

	va_start(args, format);
	vscnprintf(reason, REASON_SIZE, format, args);
	va_end(args);

	if (extack)
		extack->_msg = reason;
	return err;
}
