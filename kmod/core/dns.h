/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Messages of DNS (RFC 1035), as far as addresses are learnt from them: the question of a query,
 * and the addresses that an answer to it gives.
 */
#ifndef RT_CORE_DNS_H
#define RT_CORE_DNS_H

#include "core.h"

enum {
	RT_DNS_MESSAGE_SIZE = 4096,	/* bytes of an answer that is looked at */
	/* Bytes of a query that are: the header, the longest name in labels, its type and class. */
	RT_DNS_QUERY_SIZE = 12 + RT_MAX_HOST_NAME_LENGTH + 2 + 4,
	RT_DNS_ADDRESSES = 128,		/* that are taken from one answer: the first ones */
	RT_DNS_CHAIN = 16,		/* aliases (CNAME) that are followed */
};

/* A host name: in lower case, without a dot at the end. */
struct rt_dns_name {
	u32 length;
	u8 bytes[RT_MAX_HOST_NAME_LENGTH];
};

/* What is asked for: the IPv4 or the IPv6 addresses of a name. */
struct rt_dns_question {
	u16 id;
	u16 type;			/* of RFC 1035: A or AAAA */
	struct rt_dns_name name;
};

/* What an answer gives. */
struct rt_dns_addresses {
	u32 ttl;			/* seconds: the least of all records on the way */
	u32 count;
	u8 address[RT_DNS_ADDRESSES][16];	/* IPv4 in its mapped form */
};

/**
 * rt_dns_query() - read a query
 * @message: the message of UDP, or its first RT_DNS_QUERY_SIZE bytes
 * @length: its bytes
 * @question: is filled in
 *
 * Return: whether it is a query for the addresses of one host name.
 */
bool rt_dns_query(const u8 *message, u32 length, struct rt_dns_question *question);

/**
 * rt_dns_asked() - what a message is about
 * @message: an answer
 * @length: its bytes
 * @question: is filled in with what the answer says that it answers
 *
 * Return: whether it is an answer to a question for the addresses of one host name.
 */
bool rt_dns_asked(const u8 *message, u32 length, struct rt_dns_question *question);

/**
 * rt_dns_answer() - read the addresses of an answer
 * @message: an answer, of which rt_dns_asked() returned true
 * @length: its bytes
 * @addresses: is filled in
 *
 * Aliases are followed in the order in which they stand, as resolvers write them. An answer that
 * is cut off, that reports an error, or of which any record is malformed gives nothing.
 *
 * Return: whether it gives an address.
 */
bool rt_dns_answer(const u8 *message, u32 length, struct rt_dns_addresses *addresses);

#endif /* RT_CORE_DNS_H */
