// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transaction: a bundle that is being transferred into the kernel.
 *
 * There is one at a time. It belongs to a netlink socket, known by its port, and ends with
 * its commit, whatever comes of it, or with the socket.
 */
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "generations.h"
#include "reason.h"
#include "transaction.h"
#include "version.h"

/* Bytes that are copied and hashed before others may have the processor. */
#define PIECE_SIZE	65536U

static struct {
	/*
	 * Guards all below. Taken before the lock of the generations, and held while a bundle is
	 * verified, which takes time; only the transaction's own commands wait for it.
	 */
	struct mutex lock;
	u32 port;			/* of the netlink socket; 0: there is no transaction */
	struct rt_held_bundle *bundle;	/* NULL without a transaction */
	u32 written;			/* bytes of the bundle so far */
	struct shash_desc *hash;	/* of those; set at load */
	u64 expected_generation;	/* the one that it is to replace */
} transaction;

static struct rt_held_bundle *new_bundle(u32 size, const u8 *digest)
{
	struct rt_held_bundle *new = kzalloc(sizeof(*new), GFP_KERNEL);

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

static void end_transaction(void)
{
	lockdep_assert_held(&transaction.lock);
	rt_held_bundle_put(transaction.bundle);
	transaction.bundle = NULL;
	WRITE_ONCE(transaction.port, 0);
}

/**
 * rt_transaction_port() - whose transaction is open
 *
 * Return: the netlink port of its socket; 0 when there is none.
 */
u32 rt_transaction_port(void)
{
	return READ_ONCE(transaction.port);
}

static int begin(u32 port, u64 generation, u32 size, const u8 *digest,
		 struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&transaction.lock);
	if (transaction.port == port)
		return rt_fail(extack, -EINPROGRESS,
			       "this socket has a transaction already: commit it or close the socket");
	if (transaction.port)
		return rt_fail(extack, -EBUSY,
			       "the socket with netlink port %u has a transaction: wait until it ends",
			       transaction.port);
	err = rt_generation_check(generation, extack) ?: crypto_shash_init(transaction.hash);
	if (err)
		return err;

	transaction.bundle = new_bundle(size, digest);
	if (!transaction.bundle)
		return rt_fail(extack, -ENOMEM, "no memory for a bundle of %u bytes", size);
	WRITE_ONCE(transaction.port, port);
	transaction.written = 0;
	transaction.expected_generation = generation;
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

	mutex_lock(&transaction.lock);
	err = begin(port, generation, size, digest, extack);
	mutex_unlock(&transaction.lock);
	return err;
}

static int check_port(u32 port, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&transaction.lock);
	if (transaction.bundle && transaction.port == port)
		return 0;
	return rt_fail(extack, -ENOENT, "this socket has no transaction: begin one first");
}

static int check_range(u32 offset, u32 length, struct netlink_ext_ack *extack)
{
	u32 left = transaction.bundle->size - transaction.written;

	lockdep_assert_held(&transaction.lock);
	if (offset != transaction.written)
		return rt_fail(extack, -EINVAL,
			       "the chunk starts at byte %u, but byte %u comes next", offset,
			       transaction.written);
	if (!length || length > left)
		return rt_fail(extack, -EINVAL,
			       "the chunk has %u bytes, but the bundle needs 1 to %u more", length,
			       left);
	return 0;
}

/* Adds bytes, which fit. A copy may be of a whole bundle. */
static int add(const u8 *data, u32 length)
{
	int err = 0;

	lockdep_assert_held(&transaction.lock);
	while (length && !err) {
		u32 piece = min(length, PIECE_SIZE);

		memcpy(transaction.bundle->bytes + transaction.written, data, piece);
		err = crypto_shash_update(transaction.hash, data, piece);
		transaction.written += piece;
		data += piece;
		length -= piece;
		cond_resched();
	}
	return err;
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

	mutex_lock(&transaction.lock);
	err = check_port(port, extack) ?: check_range(offset, length, extack) ?: add(data, length);
	mutex_unlock(&transaction.lock);
	return err;
}

static int copy_in_force(u32 from, u32 length, struct netlink_ext_ack *extack)
{
	u64 expected = transaction.expected_generation;
	struct rt_held_bundle *source;
	u64 generation;
	int err = 0;

	lockdep_assert_held(&transaction.lock);
	source = rt_generation_get_bundle(&generation);
	if (generation != expected)
		err = rt_generation_check(expected, extack);
	else if (!source)
		err = rt_fail(extack, -EINVAL, "there is nothing to copy: no bundle is in force");
	else if (from > source->size || length > source->size - from)
		err = rt_fail(extack, -EINVAL,
			      "%u bytes from byte %u are not in the bundle in force, which has %u",
			      length, from, source->size);
	else
		err = add(source->bytes + from, length);
	rt_held_bundle_put(source);
	return err;
}

/**
 * rt_transaction_copy() - add bytes of the bundle in force
 * @port: netlink socket
 * @offset: must be the number of bytes so far
 * @from: offset of the bytes in the bundle in force
 * @length: their number
 * @extack: takes the reason of a refusal
 *
 * Return: as rt_transaction_append(), or -ESTALE when the generation moved since the begin.
 */
int rt_transaction_copy(u32 port, u32 offset, u32 from, u32 length,
			struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&transaction.lock);
	err = check_port(port, extack) ?:
	      rt_generation_check(transaction.expected_generation, extack) ?:
	      check_range(offset, length, extack) ?: copy_in_force(from, length, extack);
	mutex_unlock(&transaction.lock);
	return err;
}

/* What a module with a feature does, in the order of RT_FEATURE_FLAGS. */
static const char *const feature_words[] = {
	"can refuse connections that are accepted",
	"encrypts connections and issues certificates",
	"checks the peer's SPIFFE ID",
	"injects or delivers credentials",
	"knows the addresses of host names",
	"collects labels of processes itself",
	"fills in the placeholders of workload IDs",
	"asks an agent for labels of processes",
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
	struct rt_held_bundle *bundle = transaction.bundle;
	u8 digest[SHA256_DIGEST_SIZE];
	struct rt_fault fault;
	int err;

	lockdep_assert_held(&transaction.lock);
	if (transaction.written != bundle->size)
		return rt_fail(extack, -EINVAL, "%u of the bundle's %u bytes are missing",
			       bundle->size - transaction.written, bundle->size);

	err = crypto_shash_final(transaction.hash, digest);
	if (err)
		return err;
	if (memcmp(digest, bundle->digest, sizeof(digest)))
		return rt_fail(extack, -EBADMSG,
			       "the bytes that arrived do not have the digest given at begin");

	switch (rt_bundle_open(&bundle->opened, bundle->bytes, bundle->size, &fault)) {
	case 0:
		return check_features(&bundle->opened, extack);
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
	u64 expected;
	int err;

	mutex_lock(&transaction.lock);
	err = check_port(port, extack);
	if (err)
		goto out;

	expected = transaction.expected_generation;
	err = rt_generation_check(expected, extack) ?: verify(extack);
	*generation = expected;
	if (!err && !check_only) {
		err = rt_generation_replace(transaction.bundle, expected, confirm_within,
					    generation, extack);
		if (!err)
			transaction.bundle = NULL;
	}
	end_transaction();
out:
	mutex_unlock(&transaction.lock);
	return err;
}

/**
 * rt_transaction_forget() - a netlink socket was closed: its transaction goes with it
 * @port: of the socket
 */
void rt_transaction_forget(u32 port)
{
	/* Without the lock first: a commit must not delay the closing of other sockets. */
	if (rt_transaction_port() != port)
		return;

	mutex_lock(&transaction.lock);
	if (transaction.port == port)
		end_transaction();
	mutex_unlock(&transaction.lock);
}

/* Of the kernel's implementations the fastest for this machine: a bundle may be large. */
static struct shash_desc *__init new_hash(void)
{
	struct crypto_shash *sha256 = crypto_alloc_shash("sha256", 0, 0);
	struct shash_desc *hash;

	if (IS_ERR(sha256))
		return ERR_CAST(sha256);
	hash = kmalloc(sizeof(*hash) + crypto_shash_descsize(sha256), GFP_KERNEL);
	if (!hash) {
		crypto_free_shash(sha256);
		return ERR_PTR(-ENOMEM);
	}
	hash->tfm = sha256;
	return hash;
}

/* FIPS 180-4, the one-block example. */
static const u8 abc_digest[SHA256_DIGEST_SIZE] __initconst = {
	0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22,
	0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00,
	0x15, 0xad,
};

/**
 * rt_transaction_selftest() - check the hash
 *
 * Return: NULL, or what is wrong.
 */
const char *__init rt_transaction_selftest(void)
{
	struct shash_desc *hash = transaction.hash;
	u8 digest[SHA256_DIGEST_SIZE];

	if (crypto_shash_init(hash) || crypto_shash_update(hash, "ab", 2) ||
	    crypto_shash_update(hash, "c", 1) || crypto_shash_final(hash, digest) ||
	    memcmp(digest, abc_digest, sizeof(digest)))
		return "wrong SHA-256 of a known text";
	return NULL;
}

int __init rt_transaction_init(void)
{
	struct shash_desc *hash = new_hash();

	if (IS_ERR(hash))
		return PTR_ERR(hash);
	transaction.hash = hash;
	mutex_init(&transaction.lock);
	return 0;
}

/* No netlink command may be running or start. */
void rt_transaction_exit(void)
{
	mutex_lock(&transaction.lock);
	end_transaction();
	mutex_unlock(&transaction.lock);
	crypto_free_shash(transaction.hash->tfm);
	kfree(transaction.hash);
}
