// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transaction: a bundle on its way into the kernel.
 *
 * There is one at a time. It belongs to a netlink socket, known by its port, and ends with
 * its commit, whatever comes of it, or with the socket.
 */
#include <crypto/sha2.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "netlink.h"
#include "tables.h"
#include "transaction.h"

/*
 * Guards all below. Taken before the lock of the tables, and held while a bundle is verified,
 * which takes time; so nothing but the transaction's own commands wait for it.
 */
static DEFINE_MUTEX(transaction_lock);

static u32 owner;			/* netlink port; 0: there is no transaction */
static struct rt_table *table;		/* the bundle; NULL without a transaction */
static u32 written;			/* bytes of it so far */
static u64 expected;			/* the generation that it is to replace */

static struct rt_table *new_table(u32 size, const u8 *digest)
{
	struct rt_table *new = kzalloc(sizeof(*new), GFP_KERNEL);

	if (!new)
		return NULL;
	new->bytes = kvmalloc(size, GFP_KERNEL);
	if (!new->bytes) {
		kfree(new);
		return NULL;
	}
	refcount_set(&new->users, 1);
	new->size = size;
	memcpy(new->digest, digest, sizeof(new->digest));
	return new;
}

static void end(void)
{
	lockdep_assert_held(&transaction_lock);
	rt_table_put(table);
	table = NULL;
	WRITE_ONCE(owner, 0);
}

/* The netlink port of the socket that has a transaction; 0 when none has. */
u32 rt_transaction_port(void)
{
	return READ_ONCE(owner);
}

static int begin(u32 port, u64 generation, u32 size, const u8 *digest,
		 struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&transaction_lock);
	if (owner == port)
		return rt_fail(extack, -EINPROGRESS,
			       "this socket has a transaction already: commit it or close the socket");
	if (owner)
		return rt_fail(extack, -EBUSY,
			       "the socket with netlink port %u has a transaction: wait until it ends",
			       owner);
	err = rt_tables_check(generation, extack);
	if (err)
		return err;

	table = new_table(size, digest);
	if (!table)
		return rt_fail(extack, -ENOMEM, "no memory for a bundle of %u bytes", size);
	WRITE_ONCE(owner, port);
	written = 0;
	expected = generation;
	return 0;
}

/**
 * rt_transaction_begin() - open a transaction
 * @port: netlink socket that it belongs to
 * @generation: the one that must be in force
 * @size: bytes of the bundle
 * @digest: their SHA-256
 * @extack: takes the reason of a refusal
 *
 * Return: 0, -EINPROGRESS, -EBUSY, -ESTALE, -EINVAL for a size out of range, or -ENOMEM.
 */
int rt_transaction_begin(u32 port, u64 generation, u32 size, const u8 *digest,
			 struct netlink_ext_ack *extack)
{
	int err;

	if (!size || size > RT_MAX_BUNDLE_SIZE)
		return rt_fail(extack, -EINVAL, "a bundle has 1 to %u bytes, not %u",
			       RT_MAX_BUNDLE_SIZE, size);

	mutex_lock(&transaction_lock);
	err = begin(port, generation, size, digest, extack);
	mutex_unlock(&transaction_lock);
	return err;
}

static int check_owner(u32 port, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&transaction_lock);
	if (table && owner == port)
		return 0;
	return rt_fail(extack, -ENOENT, "this socket has no transaction: begin one first");
}

static int check_range(u32 offset, u32 length, struct netlink_ext_ack *extack)
{
	u32 left = table->size - written;

	if (offset != written)
		return rt_fail(extack, -EINVAL,
			       "the chunk starts at byte %u, but byte %u comes next", offset,
			       written);
	if (!length || length > left)
		return rt_fail(extack, -EINVAL,
			       "the chunk has %u bytes, but the bundle needs 1 to %u more", length,
			       left);
	return 0;
}

/**
 * rt_transaction_append() - add bytes
 * @port: netlink socket
 * @offset: must be the number of bytes so far
 * @data: the bytes
 * @length: their number
 * @extack: takes the reason of a refusal
 *
 * Return: 0, -ENOENT without a transaction, or -EINVAL; a refused chunk changes nothing.
 */
int rt_transaction_append(u32 port, u32 offset, const void *data, u32 length,
			  struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&transaction_lock);
	err = check_owner(port, extack) ?: check_range(offset, length, extack);
	if (!err) {
		memcpy(table->bytes + offset, data, length);
		written += length;
	}
	mutex_unlock(&transaction_lock);
	return err;
}

static int copy_range(u32 offset, u32 from, u32 length, struct netlink_ext_ack *extack)
{
	struct rt_table *source;
	u64 generation;
	int err;

	source = rt_table_get(&generation);
	if (generation != expected)
		err = rt_tables_check(expected, extack);
	else if (!source)
		err = rt_fail(extack, -EINVAL, "there is nothing to copy: no bundle is in force");
	else if (from > source->size || length > source->size - from)
		err = rt_fail(extack, -EINVAL,
			      "%u bytes from byte %u are not in the bundle in force, which has %u",
			      length, from, source->size);
	else
		err = 0;
	if (!err) {
		memcpy(table->bytes + offset, source->bytes + from, length);
		written += length;
	}
	rt_table_put(source);
	return err;
}

/**
 * rt_transaction_copy() - add bytes of the bundle in force
 * @port: netlink socket
 * @offset: must be the number of bytes so far
 * @from: where the bytes start in the bundle in force
 * @length: their number
 * @extack: takes the reason of a refusal
 *
 * Return: as rt_transaction_append(), or -ESTALE when the generation moved since the begin.
 */
int rt_transaction_copy(u32 port, u32 offset, u32 from, u32 length,
			struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&transaction_lock);
	err = check_owner(port, extack) ?: rt_tables_check(expected, extack) ?:
	      check_range(offset, length, extack) ?: copy_range(offset, from, length, extack);
	mutex_unlock(&transaction_lock);
	return err;
}

/* What a module does that carries a feature out, in the order of RT_FEATURE_FLAGS. */
static const char *const feature_words[] = {
	"can refuse connections that are accepted",
	"encrypts connections and issues certificates",
	"checks the peer's SPIFFE ID",
	"injects or delivers credentials",
	"resolves host names",
	"collects labels of processes",
	"fills in the placeholders of workload IDs",
};

static_assert(RT_FEATURE_FLAGS == (1U << ARRAY_SIZE(feature_words)) - 1, "words for each");

static int check_features(const struct rt_bundle *bundle, struct netlink_ext_ack *extack)
{
	u32 lacking = rt_features(bundle) & ~RT_FEATURES;

	if (!lacking)
		return 0;
	return rt_fail(extack, -EOPNOTSUPP,
		       "the bundle needs a module that %s: this one does not",
		       feature_words[__ffs(lacking)]);
}

static int verify(struct netlink_ext_ack *extack)
{
	u8 digest[SHA256_DIGEST_SIZE];
	struct rt_fault fault;

	if (written != table->size)
		return rt_fail(extack, -EINVAL, "%u of the bundle's %u bytes are missing",
			       table->size - written, table->size);

	sha256(table->bytes, table->size, digest);
	if (memcmp(digest, table->digest, sizeof(digest)))
		return rt_fail(extack, -EBADMSG,
			       "the bytes that arrived do not have the digest given at begin");

	switch (rt_bundle_open(&table->bundle, table->bytes, table->size, &fault)) {
	case 0:
		return check_features(&table->bundle, extack);
	case RT_REFUSED_VERSION:
		return rt_fail(extack, -EPROTONOSUPPORT,
			       "bundle refused: this module reads format version %u: compile for it",
			       RT_BUNDLE_VERSION);
	default:
		if (!fault.section)
			return rt_fail(extack, -EINVAL, "bundle refused: header: %s", fault.reason);
		if (fault.index == RT_NONE)
			return rt_fail(extack, -EINVAL, "bundle refused: section %u: %s",
				       fault.section, fault.reason);
		return rt_fail(extack, -EINVAL, "bundle refused: section %u, item %u: %s",
			       fault.section, fault.index, fault.reason);
	}
}

/**
 * rt_transaction_commit() - end the transaction, and put its bundle in force
 * @port: netlink socket
 * @check_only: verify the bundle, and leave everything as it was
 * @confirm_within: milliseconds to confirm the commit before it is undone; 0: for good
 * @generation: takes the generation in force
 * @extack: takes the reason of a refusal
 *
 * Return: 0, -ENOENT without a transaction, -ESTALE, -EINVAL, -EBADMSG, -EPROTONOSUPPORT,
 * -EOPNOTSUPP, -EBUSY, or -ENOMEM. But for -ENOENT, the transaction is over in any case.
 */
int rt_transaction_commit(u32 port, bool check_only, u32 confirm_within, u64 *generation,
			  struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&transaction_lock);
	err = check_owner(port, extack);
	if (err)
		goto out;

	err = rt_tables_check(expected, extack) ?: verify(extack);
	*generation = expected;
	if (!err && !check_only) {
		err = rt_tables_replace(table, expected, confirm_within, generation, extack);
		if (!err)
			table = NULL;
	}
	end();
out:
	mutex_unlock(&transaction_lock);
	return err;
}

/**
 * rt_transaction_forget() - a netlink socket was closed: its transaction goes with it
 * @port: of the socket
 */
void rt_transaction_forget(u32 port)
{
	/* Others need not wait for a commit to close a socket. */
	if (rt_transaction_port() != port)
		return;

	mutex_lock(&transaction_lock);
	if (owner == port)
		end();
	mutex_unlock(&transaction_lock);
}

/* No netlink command may come any more. */
void rt_transaction_exit(void)
{
	mutex_lock(&transaction_lock);
	end();
	mutex_unlock(&transaction_lock);
}
