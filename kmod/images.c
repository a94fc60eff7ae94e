// SPDX-License-Identifier: GPL-2.0-only
/*
 * Program images that are remembered, each with the facts that were collected of it.
 *
 * There is room for so many, and for fewer of each user. Forgotten are first those that are
 * dead, then those that were not used for longest. It matters which: the facts of a daemon
 * whose program was replaced since it started cannot be collected a second time. Those of
 * connections are kept, as the agent can tell nothing more of an image that is forgotten.
 */
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>

#include "images.h"

enum {
	MAX_IMAGES = 16384,		/* that are remembered at once, */
	MAX_IMAGES_OF_USER = 2048,	/* and of one user */
	IMAGE_BUCKET_BITS = 12,
	OWNER_BUCKET_BITS = 6,
	EVICTION_WINDOW = 128,		/* images that are examined to make room for one */
	REAP_SECONDS = 30,		/* how often the dead are forgotten */
};

/* A user who has images that are remembered. */
struct rt_owner {
	struct hlist_node node;
	struct list_head images;	/* the next to be examined first */
	unsigned int count;
	kuid_t uid;
};

static struct {
	/* Guards changes to all below; readers of buckets use RCU. Nothing is taken under it. */
	spinlock_t lock;
	struct hlist_head buckets[1 << IMAGE_BUCKET_BITS];
	struct hlist_head owners[1 << OWNER_BUCKET_BITS];
	unsigned int count;
	u64 last_number;
	struct delayed_work reap_work;
} images;

static struct hlist_head *image_bucket(struct pid *pid)
{
	return &images.buckets[hash_ptr(pid, IMAGE_BUCKET_BITS)];
}

static struct hlist_head *owner_bucket(kuid_t uid)
{
	return &images.owners[hash_32(__kuid_val(uid), OWNER_BUCKET_BITS)];
}

static void free_image(struct rt_image *image)
{
	struct rt_agent_labels *labels = rcu_dereference_protected(image->agent_labels, true);

	if (labels)
		kfree_rcu(labels, rcu);
	put_pid(image->pid);
	/* With values of variables. */
	kfree_sensitive(image->labels);
	kfree_rcu(image, rcu);
}

/**
 * rt_image_put() - give an image back
 * @image: may be NULL
 */
void rt_image_put(struct rt_image *image)
{
	if (image && refcount_dec_and_test(&image->users))
		free_image(image);
}

static void unlink(struct rt_image *image)
{
	lockdep_assert_held(&images.lock);
	hlist_del_rcu(&image->node);
	list_del(&image->queue);
	image->owner->count--;
	images.count--;
}

static void forget(struct rt_image *image)
{
	unlink(image);
	rt_image_put(image);
}

/* Returns false when somebody has it. */
static bool forget_unused(struct rt_image *image)
{
	if (!refcount_dec_if_one(&image->users))
		return false;
	unlink(image);
	free_image(image);
	return true;
}

/* Whether no thread of it can run any more, be it waited for or not. */
static bool is_dead(const struct rt_image *image)
{
	const struct task_struct *task;
	bool dead;

	rcu_read_lock();
	task = pid_task(image->pid, PIDTYPE_TGID);
	dead = !task || !atomic_read(&task->signal->live);
	rcu_read_unlock();
	return dead;
}

static void reap_images(struct hlist_head *bucket)
{
	struct rt_image *image;
	struct hlist_node *next;

	if (hlist_empty(bucket))
		return;
	spin_lock(&images.lock);
	hlist_for_each_entry_safe(image, next, bucket, node) {
		if (is_dead(image))
			forget(image);
	}
	spin_unlock(&images.lock);
}

static void reap_owners(struct hlist_head *bucket)
{
	struct hlist_node *next;
	struct rt_owner *owner;

	spin_lock(&images.lock);
	hlist_for_each_entry_safe(owner, next, bucket, node) {
		if (owner->count)
			continue;
		hlist_del(&owner->node);
		kfree(owner);
	}
	spin_unlock(&images.lock);
}

static void reap(struct work_struct *work)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(images.buckets); i++)
		reap_images(&images.buckets[i]);
	for (i = 0; i < ARRAY_SIZE(images.owners); i++)
		reap_owners(&images.owners[i]);
	queue_delayed_work(system_power_efficient_wq, &images.reap_work, REAP_SECONDS * HZ);
}

static struct rt_image *find_image(struct pid *pid)
{
	struct rt_image *image;

	hlist_for_each_entry_rcu(image, image_bucket(pid), node, lockdep_is_held(&images.lock)) {
		if (image->pid == pid)
			return image;
	}
	return NULL;
}

/**
 * rt_images_get() - the image of the process that runs, if it is remembered
 * @exec_id: takes what tells the image from others of the process
 *
 * Does not sleep. Return: a reference, or NULL.
 */
struct rt_image *rt_images_get(u64 *exec_id)
{
	struct rt_image *image;

	rcu_read_lock();
	*exec_id = READ_ONCE(READ_ONCE(current->group_leader)->self_exec_id);
	image = find_image(task_tgid(current));
	if (image && (image->exec_id != *exec_id || !refcount_inc_not_zero(&image->users)))
		image = NULL;
	rcu_read_unlock();

	if (image && !READ_ONCE(image->used))
		WRITE_ONCE(image->used, true);
	return image;
}

/**
 * rt_images_version() - the version of the image of the process that runs
 *
 * Does not sleep. Return: 0 when it is not remembered.
 */
u64 rt_images_version(void)
{
	struct rt_image *image;
	u64 version = 0;

	rcu_read_lock();
	image = find_image(task_tgid(current));
	if (image && image->exec_id == READ_ONCE(READ_ONCE(current->group_leader)->self_exec_id)) {
		/* With what it is of, see renew(). */
		version = smp_load_acquire(&image->version);
		if (!READ_ONCE(image->used))
			WRITE_ONCE(image->used, true);
	}
	rcu_read_unlock();
	return version;
}

/**
 * rt_owner_of_current() - who is charged for what is remembered of the process that runs
 *
 * Return: the real user; in a user namespace, in which anybody may have many users, it is who made
 * the outermost one.
 */
kuid_t rt_owner_of_current(void)
{
	const struct user_namespace *ns = current_user_ns();

	if (ns == &init_user_ns)
		return current_uid();
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return ns->owner;
}

static struct rt_owner *find_owner(kuid_t uid)
{
	struct rt_owner *owner;

	lockdep_assert_held(&images.lock);
	hlist_for_each_entry(owner, owner_bucket(uid), node) {
		if (uid_eq(owner->uid, uid))
			return owner;
	}
	return NULL;
}

static void add_owner(struct rt_owner *owner, kuid_t uid)
{
	lockdep_assert_held(&images.lock);
	INIT_LIST_HEAD(&owner->images);
	owner->uid = uid;
	hlist_add_head(&owner->node, owner_bucket(uid));
}

static struct rt_owner *largest_owner(void)
{
	struct rt_owner *owner, *largest = NULL;
	unsigned int i;

	lockdep_assert_held(&images.lock);
	for (i = 0; i < ARRAY_SIZE(images.owners); i++) {
		hlist_for_each_entry(owner, &images.owners[i], node) {
			if (!largest || owner->count > largest->count)
				largest = owner;
		}
	}
	return largest;
}

/*
 * Makes room among the images of a user. A window goes round them: what is dead in it is
 * forgotten; when nothing is, the first that was not used since the window last passed it.
 * Returns false when connections have all that are in it, unless it is to be by force.
 */
static bool evict(struct rt_owner *owner, bool by_force)
{
	unsigned int left = min_t(unsigned int, owner->count, EVICTION_WINDOW);
	struct rt_image *image, *victim = NULL;
	bool used, victim_used = true, has_room = false;

	lockdep_assert_held(&images.lock);
	while (left--) {
		image = list_first_entry(&owner->images, struct rt_image, queue);
		if (is_dead(image)) {
			forget(image);
			has_room = true;
			continue;
		}
		list_move_tail(&image->queue, &owner->images);
		used = READ_ONCE(image->used);
		WRITE_ONCE(image->used, false);
		if (!by_force && refcount_read(&image->users) > 1)
			continue;
		if (!victim || (victim_used && !used)) {
			victim = image;
			victim_used = used;
		}
	}
	if (has_room || !victim)
		return has_room;
	if (!by_force)
		return forget_unused(victim);
	forget(victim);
	return true;
}

/**
 * rt_images_remember() - remember an image of the process that runs
 * @image: just made by its owner
 *
 * What is remembered of the process is of an earlier image, and is replaced. A user who has too
 * many images loses one of his own, and when there are too many in all the user who has the
 * most of them does; so nobody can have those of another forgotten. It is not remembered while
 * there is no room, or no memory. May sleep.
 */
void rt_images_remember(struct rt_image *image)
{
	struct rt_owner *new_owner = kzalloc(sizeof(*new_owner), GFP_KERNEL);
	kuid_t uid = rt_owner_of_current();
	struct rt_image *earlier;
	struct rt_owner *owner;
	bool has_room = true;

	spin_lock(&images.lock);
	earlier = find_image(image->pid);
	if (earlier) {
		WRITE_ONCE(earlier->is_replaced, earlier->exec_id == image->exec_id);
		forget(earlier);
	}

	owner = find_owner(uid);
	if (owner && owner->count >= MAX_IMAGES_OF_USER)
		has_room = evict(owner, false);
	else if (images.count >= MAX_IMAGES)
		has_room = evict(largest_owner(), true);

	if (!owner && new_owner) {
		owner = new_owner;
		new_owner = NULL;
		add_owner(owner, uid);
	}
	if (owner && has_room) {
		refcount_inc(&image->users);
		image->owner = owner;
		image->user = uid;
		image->number = ++images.last_number;
		image->version = image->number;
		hlist_add_head_rcu(&image->node, image_bucket(image->pid));
		list_add_tail(&image->queue, &owner->images);
		owner->count++;
		images.count++;
	}
	spin_unlock(&images.lock);
	kfree(new_owner);
}

/**
 * rt_image_latest() - what has replaced an image, which the agent tells labels of now
 * @image: which
 *
 * Does not sleep. Return: a reference; or NULL when it was not replaced.
 */
struct rt_image *rt_image_latest(struct rt_image *image)
{
	struct rt_image *latest;

	if (!READ_ONCE(image->is_replaced))
		return NULL;
	rcu_read_lock();
	latest = find_image(image->pid);
	if (latest && (latest->exec_id != image->exec_id ||
		       !refcount_inc_not_zero(&latest->users)))
		latest = NULL;
	rcu_read_unlock();
	return latest;
}

/**
 * rt_image_is_running() - whether the process of an image still runs it
 * @image: which
 */
bool rt_image_is_running(const struct rt_image *image)
{
	const struct task_struct *task;
	bool is;

	rcu_read_lock();
	task = pid_task(image->pid, PIDTYPE_TGID);
	is = task && READ_ONCE(task->self_exec_id) == image->exec_id;
	rcu_read_unlock();
	return is && !is_dead(image);
}

/**
 * rt_images_find() - an image by its number
 * @pid: of its process, in the initial namespace
 * @number: of the image
 *
 * Return: a reference; or NULL when it is not remembered, or its process does not run it any more.
 */
struct rt_image *rt_images_find(pid_t pid, u64 number)
{
	struct rt_image *image = NULL;
	struct pid *of;

	rcu_read_lock();
	of = find_pid_ns(pid, &init_pid_ns);
	if (of)
		image = find_image(of);
	if (image && (image->number != number || !refcount_inc_not_zero(&image->users)))
		image = NULL;
	rcu_read_unlock();
	if (image && !rt_image_is_running(image)) {
		rt_image_put(image);
		image = NULL;
	}
	return image;
}

static bool are_same(const struct rt_agent_labels *x, const struct rt_agent_labels *y)
{
	return x->count == y->count && x->size == y->size && x->generation == y->generation &&
	       !memcmp(&x->label[x->count], &y->label[y->count], x->size);
}

static void renew(struct rt_image *image)
{
	lockdep_assert_held(&images.lock);
	/* Whoever sees the new version sees what it is of. */
	smp_store_release(&image->version, ++images.last_number);
}

/**
 * rt_image_renew() - what is known of an image has changed: no earlier verdict holds any more
 * @image: which
 */
void rt_image_renew(struct rt_image *image)
{
	spin_lock(&images.lock);
	renew(image);
	spin_unlock(&images.lock);
}

/**
 * rt_image_tell() - replace the labels of an image
 * @image: which
 * @labels: are taken over
 *
 * Return: whether they differ from those that it had.
 */
bool rt_image_tell(struct rt_image *image, struct rt_agent_labels *labels)
{
	struct rt_agent_labels *earlier;

	spin_lock(&images.lock);
	earlier = rcu_dereference_protected(image->agent_labels, lockdep_is_held(&images.lock));
	if (!earlier || !are_same(earlier, labels)) {
		rcu_assign_pointer(image->agent_labels, labels);
		renew(image);
		labels = NULL;
	}
	spin_unlock(&images.lock);

	if (!labels && earlier)
		kfree_rcu(earlier, rcu);
	/* Those that say the same. */
	kfree(labels);
	return !labels;
}

/* Returns false when a visit was refused. */
static bool visit_bucket(struct hlist_head *bucket, u64 *before,
			 bool (*visit)(const struct rt_image *image, void *data), void *data)
{
	const struct rt_image *image;
	bool all = true;

	spin_lock(&images.lock);
	hlist_for_each_entry(image, bucket, node) {
		if (*before && image->number >= *before)
			continue;
		if (!visit(image, data)) {
			all = false;
			break;
		}
		*before = image->number;
	}
	spin_unlock(&images.lock);
	return all;
}

/**
 * rt_images_visit() - visit the images that are remembered, one after the other
 * @place: where to go on; is moved on
 * @visit: is called with a lock held; the image that it refuses is the first of the next call
 * @data: is handed to it
 *
 * Images that come or go meanwhile may be left out. May sleep. Return: false after the last.
 */
bool rt_images_visit(struct rt_image_place *place,
		     bool (*visit)(const struct rt_image *image, void *data), void *data)
{
	for (; place->bucket < ARRAY_SIZE(images.buckets); place->bucket++, place->before = 0) {
		if (!visit_bucket(&images.buckets[place->bucket], &place->before, visit, data))
			return true;
		cond_resched();
	}
	return false;
}

int __init rt_images_init(void)
{
	spin_lock_init(&images.lock);
	INIT_DEFERRABLE_WORK(&images.reap_work, reap);
	queue_delayed_work(system_power_efficient_wq, &images.reap_work, REAP_SECONDS * HZ);
	return 0;
}

/* No image may be in use any more. */
void rt_images_exit(void)
{
	struct rt_image *image;
	struct hlist_node *next;
	unsigned int i;

	cancel_delayed_work_sync(&images.reap_work);
	for (i = 0; i < ARRAY_SIZE(images.buckets); i++) {
		spin_lock(&images.lock);
		hlist_for_each_entry_safe(image, next, &images.buckets[i], node)
			forget(image);
		spin_unlock(&images.lock);
	}
	for (i = 0; i < ARRAY_SIZE(images.owners); i++)
		reap_owners(&images.owners[i]);
}
