// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generations: what is in force, what was, and what it returns to unless it is confirmed.
 *
 * Readers see the generation in force through RCU. Everything else is guarded by one mutex.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "generations.h"
#include "reason.h"
#include "work.h"

static struct {
	/*
	 * Guards all below but for the reading of in_force and labels. Taken after the lock of the
	 * transaction; memory is allocated under it.
	 */
	struct mutex lock;
	struct rt_generation __rcu *in_force;
	u32 labels;			/* that its bundle asks for: enum rt_label, one bit each */
	void (*moved)(void);		/* is called when another one is; set once */

	/* Earlier bundles, the latest first, each once and none that is in force. */
	struct rt_past past[RIPTIDES_BUNDLE_HISTORY];
	unsigned int past_count;

	/* What to return to unless the commit in force is confirmed; NULL: none is pending. */
	struct rt_generation *undo;
	ktime_t undo_at;		/* of CLOCK_BOOTTIME */
	/*
	 * Not a delayed work: that may run minutes late after an hour, and two hours after a
	 * day, and does not count the time that the host sleeps.
	 */
	struct hrtimer undo_timer;
	struct work_struct undo_work;
} generations;

/**
 * rt_generation_in_force() - what decides now
 *
 * Return: the generation, never NULL; valid for as long as the caller's rcu_read_lock().
 */
const struct rt_generation *rt_generation_in_force(void)
{
	return rcu_dereference(generations.in_force);
}

/**
 * rt_generation_labels() - labels that the bundle in force asks for
 *
 * A hint for whoever finds facts out before it decides: another bundle may be in force since.
 *
 * Return: enum rt_label, one bit each.
 */
u32 rt_generation_labels(void)
{
	return READ_ONCE(generations.labels);
}

static struct rt_generation *current_generation(void)
{
	return rcu_dereference_protected(generations.in_force, lockdep_is_held(&generations.lock));
}

/**
 * rt_held_bundle_put() - give a bundle back
 * @bundle: may be NULL
 */
void rt_held_bundle_put(struct rt_held_bundle *bundle)
{
	if (bundle && refcount_dec_and_test(&bundle->users)) {
		kvfree(bundle->bytes);
		kfree(bundle);
	}
}

static struct rt_held_bundle *get_bundle(struct rt_held_bundle *bundle)
{
	if (bundle)
		refcount_inc(&bundle->users);
	return bundle;
}

static void free_generation(struct rt_generation *generation)
{
	if (!generation)
		return;
	rt_held_bundle_put(generation->bundle);
	kfree(generation);
}

static void free_generation_rcu(struct rcu_head *head)
{
	free_generation(container_of(head, struct rt_generation, rcu));
}

/* Takes over the reference to the bundle when it succeeds. */
static struct rt_generation *new_generation(struct rt_held_bundle *bundle)
{
	struct rt_generation *generation = kzalloc(sizeof(*generation), GFP_KERNEL);

	if (generation)
		generation->bundle = bundle;
	return generation;
}

static bool has_digest(const struct rt_held_bundle *bundle, const u8 *digest)
{
	return bundle && !memcmp(bundle->digest, digest, sizeof(bundle->digest));
}

static bool same_bundle(const struct rt_held_bundle *a, const struct rt_held_bundle *b)
{
	return b && has_digest(a, b->digest);
}

static void remove_past(unsigned int i)
{
	struct rt_past *entry = &generations.past[i];

	lockdep_assert_held(&generations.lock);
	rt_held_bundle_put(entry->bundle);
	generations.past_count--;
	memmove(entry, entry + 1, (generations.past_count - i) * sizeof(*entry));
}

/* Keeps the bundle of a generation that ends, and drops the one that comes into force. */
static void keep_past(const struct rt_generation *ends, const struct rt_held_bundle *comes)
{
	struct rt_past *past = generations.past;
	unsigned int i;

	lockdep_assert_held(&generations.lock);
	for (i = generations.past_count; i-- > 0;) {
		if (same_bundle(past[i].bundle, comes))
			remove_past(i);
	}
	if (!ends->bundle || same_bundle(ends->bundle, comes))
		return;

	if (generations.past_count == ARRAY_SIZE(generations.past))
		remove_past(generations.past_count - 1);
	memmove(&past[1], &past[0], generations.past_count * sizeof(past[0]));
	generations.past_count++;
	past[0] = (struct rt_past) {
		.generation = ends->number, .bundle = get_bundle(ends->bundle),
	};
}

/* Puts a generation in force; it cannot fail. */
static void put_in_force(struct rt_generation *next)
{
	struct rt_generation *last = current_generation();

	lockdep_assert_held(&generations.lock);
	next->number = last->number + 1;
	next->committed_at = ktime_get_real_seconds();
	keep_past(last, next->bundle);
	WRITE_ONCE(generations.labels, next->bundle ? next->bundle->opened.labels : 0);
	rcu_assign_pointer(generations.in_force, next);
	generations.moved();
	call_rcu(&last->rcu, free_generation_rcu);
}

/* Ends the wait for a confirmation. Returns the generation to return to, if any was kept. */
static struct rt_generation *take_undo(void)
{
	struct rt_generation *back = generations.undo;

	lockdep_assert_held(&generations.lock);
	generations.undo = NULL;
	hrtimer_cancel(&generations.undo_timer);
	return back;
}

/*
 * Takes the lock. The first to take it after the time to confirm a commit has passed undoes
 * the commit, so that nobody sees it as pending, or confirms it, before the timer's work ran.
 */
static void lock_generations(void)
{
	mutex_lock(&generations.lock);
	if (generations.undo && ktime_compare(ktime_get_boottime(), generations.undo_at) >= 0) {
		pr_warn("generation %llu was not confirmed in time and is undone\n",
			current_generation()->number);
		put_in_force(take_undo());
	}
}

static void undo_unconfirmed(struct work_struct *work)
{
	lock_generations();
	mutex_unlock(&generations.lock);
}

static enum hrtimer_restart undo_is_due(struct hrtimer *timer)
{
	queue_work(rt_workqueue, &generations.undo_work);
	return HRTIMER_NORESTART;
}

static u32 undo_remaining(void)
{
	s64 left;

	lockdep_assert_held(&generations.lock);
	if (!generations.undo)
		return 0;
	left = ktime_to_ns(ktime_sub(generations.undo_at, ktime_get_boottime()));
	/* At least one, so that it is not taken for nothing. */
	return left > 0 ? DIV_ROUND_UP_ULL(left, NSEC_PER_MSEC) : 1;
}

/**
 * rt_generation_get_bundle() - hold the bundle in force
 * @generation: takes the generation in force
 *
 * Return: the bundle, for rt_held_bundle_put(); NULL when none is in force.
 */
struct rt_held_bundle *rt_generation_get_bundle(u64 *generation)
{
	struct rt_held_bundle *bundle;

	lock_generations();
	*generation = current_generation()->number;
	bundle = get_bundle(current_generation()->bundle);
	mutex_unlock(&generations.lock);
	return bundle;
}

static int check_generation(u64 expected, struct netlink_ext_ack *extack)
{
	u64 number = current_generation()->number;

	if (expected == number)
		return 0;
	return rt_fail(extack, -ESTALE,
		       "generation %llu was expected, but %llu is in force: look at what changed and plan again",
		       expected, number);
}

/* Puts a verified bundle in force. Takes over the reference to it when it succeeds. */
static int put_bundle_in_force(struct rt_held_bundle *bundle, u32 confirm_within,
			      struct netlink_ext_ack *extack)
{
	struct rt_generation *next, *back = NULL;

	lockdep_assert_held(&generations.lock);
	/* Allocated now, as the undoing must not fail. */
	next = new_generation(bundle);
	if (next && confirm_within)
		back = new_generation(NULL);
	if (!next || (confirm_within && !back)) {
		kfree(next);
		return rt_fail(extack, -ENOMEM, "no memory for another generation");
	}

	if (back) {
		back->bundle = get_bundle(current_generation()->bundle);
		generations.undo = back;
		generations.undo_at = ktime_add_ms(ktime_get_boottime(), confirm_within);
		hrtimer_start(&generations.undo_timer, generations.undo_at, HRTIMER_MODE_ABS);
	}
	put_in_force(next);
	return 0;
}

/**
 * rt_generation_check() - check that a generation is still in force
 * @expected: the generation
 * @extack: takes the reason of a refusal
 *
 * Return: 0 or -ESTALE.
 */
int rt_generation_check(u64 expected, struct netlink_ext_ack *extack)
{
	int err;

	lock_generations();
	err = check_generation(expected, extack);
	mutex_unlock(&generations.lock);
	return err;
}

/**
 * rt_generation_replace() - put a bundle in force
 * @bundle: verified; its reference is taken over when it succeeds
 * @expected: the generation that it is to replace
 * @confirm_within: milliseconds to rt_generation_confirm() before it is undone; 0: for good
 * @generation: takes the generation in force
 * @extack: takes the reason of a refusal
 *
 * Refused while a commit waits to be confirmed: the bundle to return to would no longer be
 * the one that was known to work.
 *
 * Return: 0, -ESTALE, -EBUSY, or -ENOMEM.
 */
int rt_generation_replace(struct rt_held_bundle *bundle, u64 expected, u32 confirm_within,
			  u64 *generation, struct netlink_ext_ack *extack)
{
	int err;

	lock_generations();
	err = check_generation(expected, extack);
	if (!err && generations.undo)
		err = rt_fail(extack, -EBUSY,
			      "generation %llu waits %u ms more to be confirmed: confirm it or roll back first",
			      expected, undo_remaining());
	if (!err)
		err = put_bundle_in_force(bundle, confirm_within, extack);
	*generation = current_generation()->number;
	mutex_unlock(&generations.lock);
	return err;
}

/**
 * rt_generation_confirm() - keep the commit that waits for it
 * @generation: the one that it made
 * @extack: takes the reason of a refusal
 *
 * Return: 0, -ESTALE when another generation is in force, as it is when the time is over, or
 * -ENOENT when nothing waits.
 */
int rt_generation_confirm(u64 generation, struct netlink_ext_ack *extack)
{
	int err;

	lock_generations();
	err = check_generation(generation, extack);
	if (!err && !generations.undo)
		err = rt_fail(extack, -ENOENT, "generation %llu does not wait to be confirmed",
			      generation);
	if (!err)
		free_generation(take_undo());
	mutex_unlock(&generations.lock);
	return err;
}

/* Puts an earlier bundle in force: the latest, or the one of the digest. */
static int put_past_in_force(const u8 *digest, struct netlink_ext_ack *extack)
{
	struct rt_held_bundle *bundle = NULL;
	const struct rt_past *past = generations.past;
	unsigned int i;
	int err;

	lockdep_assert_held(&generations.lock);
	for (i = 0; i < generations.past_count && !bundle; i++) {
		if (!digest || has_digest(past[i].bundle, digest))
			bundle = get_bundle(past[i].bundle);
	}
	if (!bundle)
		return rt_fail(extack, -ENOENT, "the kernel holds no %s: commit it instead",
			       digest ? "such bundle" : "earlier bundle");

	err = put_bundle_in_force(bundle, 0, extack);
	if (err)
		rt_held_bundle_put(bundle);
	else
		free_generation(take_undo());
	return err;
}

/**
 * rt_generation_rollback() - put an earlier bundle back in force, as a new generation
 * @expected: the generation that must be in force
 * @digest: of the earlier bundle; NULL: the latest one, or whatever was in force before the
 *	commit that waits to be confirmed, which may be no bundle, or the same one
 * @generation: takes the generation in force
 * @extack: takes the reason of a refusal
 *
 * A commit that waits to be confirmed is ended by it, and its bundle is an earlier one now.
 * The return to what was in force before such a commit cannot fail.
 *
 * Return: 0, -ESTALE, -ENOENT when there is no such bundle, or -ENOMEM.
 */
int rt_generation_rollback(u64 expected, const u8 *digest, u64 *generation,
			   struct netlink_ext_ack *extack)
{
	int err;

	lock_generations();
	err = check_generation(expected, extack);
	if (!err) {
		if (generations.undo && (!digest || has_digest(generations.undo->bundle, digest)))
			put_in_force(take_undo());
		else
			err = put_past_in_force(digest, extack);
	}
	*generation = current_generation()->number;
	mutex_unlock(&generations.lock);
	return err;
}

/**
 * rt_generation_info() - take a consistent snapshot of what is in force
 * @info: is filled in
 */
void rt_generation_info(struct rt_generation_info *info)
{
	const struct rt_past *past = generations.past;
	const struct rt_generation *now;
	unsigned int i;

	memset(info, 0, sizeof(*info));

	lock_generations();
	now = current_generation();
	info->generation = now->number;
	if (now->bundle) {
		info->in_force = true;
		info->committed_at = now->committed_at;
		info->size = now->bundle->size;
		memcpy(info->digest, now->bundle->digest, sizeof(info->digest));
	}
	info->confirm_remaining = undo_remaining();
	info->past_count = generations.past_count;
	for (i = 0; i < generations.past_count; i++) {
		info->past[i].generation = past[i].generation;
		memcpy(info->past[i].digest, past[i].bundle->digest, sizeof(info->past[i].digest));
	}
	mutex_unlock(&generations.lock);
}

/**
 * rt_generation_init() - have no bundle in force
 * @moved: is called each time that another generation has come into force; must not sleep
 *
 * Return: 0 or -ENOMEM.
 */
int __init rt_generation_init(void (*moved)(void))
{
	struct rt_generation *first = new_generation(NULL);

	if (!first)
		return -ENOMEM;
	mutex_init(&generations.lock);
	generations.moved = moved;
	INIT_WORK(&generations.undo_work, undo_unconfirmed);
	rcu_assign_pointer(generations.in_force, first);
	rt_hrtimer_setup(&generations.undo_timer, undo_is_due, CLOCK_BOOTTIME, HRTIMER_MODE_ABS);
	return 0;
}

/* No other generation comes into force from here on. No netlink command may be running or start. */
void rt_generation_stop(void)
{
	hrtimer_cancel(&generations.undo_timer);
	cancel_work_sync(&generations.undo_work);
}

/* After rt_generation_stop(). Nobody may ask for the generation in force any more. */
void rt_generation_exit(void)
{
	mutex_lock(&generations.lock);
	free_generation(generations.undo);
	while (generations.past_count)
		remove_past(generations.past_count - 1);
	free_generation(current_generation());
	RCU_INIT_POINTER(generations.in_force, NULL);
	mutex_unlock(&generations.lock);

	/* free_generation_rcu() is the module's code. */
	rcu_barrier();
}
