// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHA-256 of executables.
 *
 * A file is read through the reference that the process has, so it is the one that runs, whatever
 * its path leads to by now. While it runs nobody can open it for writing (ETXTBSY), so what is read
 * is what is run; where that does not hold there is no digest:
 *
 * - FUSE: whoever serves the file can answer each read as he likes;
 * - memory that has no name (memfd): it can be written while it runs;
 * - file systems that were mounted in a user namespace: what may be below them is not known;
 * - a file that is open for writing all the same, or that changed while it was read.
 *
 * Digests are remembered for file systems on a disk and in memory, where only the kernel sets the
 * time at which a file was changed (ctime). A time is as coarse as a clock tick, so a file counts
 * only once that is a while ago. A disk has a number that no other disk ever has, so that one which
 * was prepared elsewhere, and has the same inodes, is another one.
 *
 * There is room for so many, in sets; in a full set a user displaces his own first.
 */
#include <crypto/hash.h>
#include <linux/blkdev.h>
#include <linux/build_bug.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "digest.h"
#include "images.h"

enum {
	MAX_FILE_SIZE = 256 << 20,	/* bytes of a file; a larger one has no digest */
	MAX_SECONDS = 10,		/* that reading it may take */
	PIECE_SIZE = 32 << 10,		/* bytes that are read at once */
	SETTLED_SECONDS = 2,		/* since the last change, for a digest to be remembered */
	SET_BITS = 6,
	WAYS = 8,			/* digests of a set */
	WAYS_OF_USER = 2,		/* that a user has before he displaces his own */
};

/* What tells a file and its content from all others. Without padding: it is compared as bytes. */
struct version {
	u64 disk;			/* no two have one; 0: memory */
	u64 device;
	u64 inode;
	u64 generation;
	s64 size;
	s64 mtime;
	s64 mtime_nsec;
	s64 ctime;
	s64 ctime_nsec;
};

struct entry {
	struct version version;
	u64 used;			/* when, in turns; 0: there is none */
	kuid_t owner;			/* who had it read */
	u8 digest[RT_DIGEST_SIZE];
};

struct set {
	struct entry entries[WAYS];
};

static_assert(sizeof(struct version) == 9 * sizeof(u64), "a version has no padding");

static struct {
	struct crypto_shash *sha256;
	siphash_key_t key;
	spinlock_t lock;		/* guards what follows; nothing is taken under it */
	u64 turn;
	struct set *sets;
} digests;

/* What can be relied on of a file system, or of what is below it. */
static bool is_sound(const struct super_block *sb)
{
	return sb->s_user_ns == &init_user_ns && sb->s_magic != FUSE_SUPER_MAGIC &&
	       !(sb->s_flags & (SB_NOUSER | SB_KERNMOUNT));
}

static bool is_open_for_write(const struct file *file, const struct inode *inode)
{
	return inode_is_open_for_write(inode) || inode_is_open_for_write(file_inode(file));
}

/* The number of the disk of a file system whose digests can be remembered. */
static bool disk_of(const struct super_block *sb, u64 *disk)
{
	if (sb->s_bdev) {
		*disk = sb->s_bdev->bd_disk->diskseq;
		return *disk;
	}
	*disk = 0;
	return sb->s_magic == TMPFS_MAGIC || sb->s_magic == RAMFS_MAGIC;
}

static void take_version(const struct inode *inode, struct version *version)
{
	struct timespec64 mtime = rt_inode_mtime(inode), ctime = rt_inode_ctime(inode);

	*version = (struct version) {
		.device = inode->i_sb->s_dev, .inode = inode->i_ino,
		.generation = inode->i_generation, .size = i_size_read(inode),
		.mtime = mtime.tv_sec, .mtime_nsec = mtime.tv_nsec,
		.ctime = ctime.tv_sec, .ctime_nsec = ctime.tv_nsec,
	};
}

static bool is_settled(const struct version *version)
{
	return ktime_get_real_seconds() - version->ctime > SETTLED_SECONDS;
}

static struct set *set_of(const struct version *version)
{
	u64 hash = siphash(version, sizeof(*version), &digests.key);

	return &digests.sets[hash & ((1 << SET_BITS) - 1)];
}

static bool find(const struct version *version, u8 digest[RT_DIGEST_SIZE])
{
	struct set *set = set_of(version);
	bool found = false;
	unsigned int i;

	spin_lock(&digests.lock);
	for (i = 0; i < WAYS && !found; i++) {
		struct entry *entry = &set->entries[i];

		found = entry->used && !memcmp(&entry->version, version, sizeof(*version));
		if (found) {
			entry->used = ++digests.turn;
			memcpy(digest, entry->digest, RT_DIGEST_SIZE);
		}
	}
	spin_unlock(&digests.lock);
	return found;
}

/* What makes room: what was not used for longest, of the user where he has enough, or of all. */
static struct entry *victim_of(struct set *set, kuid_t owner)
{
	struct entry *own = NULL, *any = NULL;
	unsigned int i, count = 0;

	lockdep_assert_held(&digests.lock);
	for (i = 0; i < WAYS; i++) {
		struct entry *entry = &set->entries[i];

		if (!any || entry->used < any->used)
			any = entry;
		if (!entry->used || !uid_eq(entry->owner, owner))
			continue;
		count++;
		if (!own || entry->used < own->used)
			own = entry;
	}
	return any->used && count >= WAYS_OF_USER ? own : any;
}

static void remember(const struct version *version, const u8 digest[RT_DIGEST_SIZE])
{
	kuid_t owner = rt_owner_of_current();
	struct set *set = set_of(version);
	struct entry *entry;

	spin_lock(&digests.lock);
	entry = victim_of(set, owner);
	entry->version = *version;
	entry->owner = owner;
	entry->used = ++digests.turn;
	memcpy(entry->digest, digest, RT_DIGEST_SIZE);
	spin_unlock(&digests.lock);
}

/* Reads a file of so many bytes to its end. */
static int hash_file(struct file *file, s64 size, struct shash_desc *desc, u8 *piece)
{
	unsigned long end = jiffies + MAX_SECONDS * HZ;
	loff_t position = 0;
	ssize_t length;
	int err;

	while (position < size) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		length = kernel_read(file, piece, PIECE_SIZE, &position);
		if (length <= 0)
			return length ?: -EIO;
		err = crypto_shash_update(desc, piece, length);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int hash(struct file *file, s64 size, u8 digest[RT_DIGEST_SIZE])
{
	struct shash_desc *desc;
	int err = -ENOMEM;
	u8 *piece;

	desc = kmalloc(sizeof(*desc) + crypto_shash_descsize(digests.sha256), GFP_KERNEL);
	piece = kmalloc(PIECE_SIZE, GFP_KERNEL);
	if (!desc || !piece)
		goto out;
	desc->tfm = digests.sha256;
	err = crypto_shash_init(desc) ?: hash_file(file, size, desc, piece) ?:
	      crypto_shash_final(desc, digest);
out:
	kfree(piece);
	kfree(desc);
	return err;
}

/**
 * rt_digest_of() - the SHA-256 of an executable that runs
 * @file: the executable
 * @digest: takes it
 *
 * Sleeps, and waits for the file system as the program itself does for its code; a signal that
 * kills the process ends it, but for what a file system does not let be interrupted. Nothing of
 * the module's may be locked.
 *
 * Return: 1; 0 when the file has none that could be relied on; or an error when it is not known.
 */
int rt_digest_of(struct file *file, u8 digest[RT_DIGEST_SIZE])
{
	const struct inode *inode = d_real_inode(file->f_path.dentry);
	struct version before, after;
	bool can_be_remembered;
	u64 disk = 0;
	int err;

	might_sleep();
	if (!S_ISREG(inode->i_mode) || !is_sound(file_inode(file)->i_sb) ||
	    !is_sound(inode->i_sb))
		return 0;
	if (is_open_for_write(file, inode))
		return -ETXTBSY;
	take_version(inode, &before);
	if (before.size > MAX_FILE_SIZE)
		return 0;

	can_be_remembered = disk_of(inode->i_sb, &disk) && is_settled(&before);
	before.disk = disk;
	if (can_be_remembered && find(&before, digest))
		return 1;

	err = hash(file, before.size, digest);
	if (err)
		return err;
	take_version(inode, &after);
	after.disk = disk;
	if (memcmp(&before, &after, sizeof(before)) || is_open_for_write(file, inode))
		return -ETXTBSY;
	if (can_be_remembered)
		remember(&before, digest);
	return 1;
}

int __init rt_digests_init(void)
{
	digests.sha256 = crypto_alloc_shash("sha256", 0, 0);
	if (IS_ERR(digests.sha256))
		return PTR_ERR(digests.sha256);
	digests.sets = kvcalloc(1 << SET_BITS, sizeof(*digests.sets), GFP_KERNEL);
	if (!digests.sets) {
		crypto_free_shash(digests.sha256);
		return -ENOMEM;
	}
	get_random_bytes(&digests.key, sizeof(digests.key));
	spin_lock_init(&digests.lock);
	return 0;
}

/* No file may be read any more. */
void rt_digests_exit(void)
{
	kvfree(digests.sets);
	crypto_free_shash(digests.sha256);
}
