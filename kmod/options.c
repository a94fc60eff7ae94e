// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of governed sockets that are refused:
 * - TCP_FASTOPEN_CONNECT, which makes a send connect. (TCP_FASTOPEN is for listeners: what came
 *   with such a connection is read after its accept, like any data.)
 * - TCP_ULP, TCP_REPAIR and IPV6_ADDRFORM, which change a socket's operations or state below
 *   the gate, and SOL_TLS and TCP_ZEROCOPY_RECEIVE, which reach what is below it;
 * - IP_OPTIONS, IPV6_RTHDR and IPV6_2292PKTOPTIONS, which name addresses that packets go to
 *   before, or instead of, the one that was decided.
 */
#include <linux/errno.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/tcp.h>

#include "options.h"

/**
 * rt_options_check_set() - whether a program may set an option
 * @level: protocol of the option
 * @option: its number
 * @length: bytes of the value
 *
 * Options that can hold a source route may only be cleared, whatever they hold: it is in the
 * program's memory, where another thread could change it after our look. And at any time:
 * the kernel heeds them at each packet, so they would work after the connect as well, and
 * when they were set before a bundle came into force. EPERM is what the kernel itself
 * answers where it wants a privilege for such options.
 *
 * Return: 0, -ENOPROTOOPT, or -EPERM.
 */
int rt_options_check_set(int level, int option, unsigned int length)
{
	switch (level) {
	case SOL_TLS:
		return -ENOPROTOOPT;
	case SOL_TCP:
		return option == TCP_ULP || option == TCP_REPAIR ||
		       option == TCP_FASTOPEN_CONNECT ? -ENOPROTOOPT : 0;
	case SOL_IP:
		return option == IP_OPTIONS && length ? -EPERM : 0;
	case SOL_IPV6:
		if (option == IPV6_ADDRFORM)
			return -ENOPROTOOPT;
		return (option == IPV6_RTHDR || option == IPV6_2292PKTOPTIONS) && length ?
		       -EPERM : 0;
	default:
		return 0;
	}
}

/**
 * rt_options_check_get() - whether a program may read an option
 * @level: protocol of the option
 * @option: its number
 *
 * Return: 0 or -ENOPROTOOPT.
 */
int rt_options_check_get(int level, int option)
{
	return level == SOL_TLS || (level == SOL_TCP && option == TCP_ZEROCOPY_RECEIVE) ?
	       -ENOPROTOOPT : 0;
}

/**
 * rt_options_check_datagram() - whether a program may set an option of a UDP socket
 * @level: protocol of the option
 * @option: its number
 * @length: bytes of the value
 * @is_decided: whether the bundle in force decides UDP
 *
 * While it does, no option may name an address that datagrams go to before the one that is
 * decided. IPV6_ADDRFORM would replace the operations for good.
 *
 * Return: 0, -ENOPROTOOPT, or -EPERM.
 */
int rt_options_check_datagram(int level, int option, unsigned int length, bool is_decided)
{
	if (level == SOL_IPV6 && option == IPV6_ADDRFORM)
		return -ENOPROTOOPT;
	if (!is_decided)
		return 0;
	return level == SOL_IP || level == SOL_IPV6 ?
	       rt_options_check_set(level, option, length) : 0;
}

static bool is_route(const struct cmsghdr *control)
{
	switch (control->cmsg_level) {
	case SOL_IP:
		return control->cmsg_type == IP_RETOPTS;
	case SOL_IPV6:
		return control->cmsg_type == IPV6_RTHDR || control->cmsg_type == IPV6_2292RTHDR ||
		       control->cmsg_type == IPV6_FLOWINFO;
	default:
		return false;
	}
}

/**
 * rt_options_check_ancillary() - whether a datagram may have its ancillary data
 * @message: the datagram; its ancillary data is the kernel's copy
 *
 * Return: 0, or -EPERM when it can name addresses that the datagram goes to first.
 */
int rt_options_check_ancillary(struct msghdr *message)
{
	struct cmsghdr *control;

	for_each_cmsghdr(control, message) {
		if (!CMSG_OK(message, control))
			break;
		if (is_route(control))
			return -EPERM;
	}
	return 0;
}
