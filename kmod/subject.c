// SPDX-License-Identifier: GPL-2.0-only
/*
 * Facts of processes.
 *
 * What is expensive to collect is collected once per program image: the first time that a
 * process connects or accepts after it was executed, and labels when a bundle asks for them first.
 * Users and groups are read each time.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "generations.h"
#include "images.h"
#include "labels.h"
#include "paths.h"
#include "subject.h"

/* The path of the executable of the process that runs, as rt_path_trusted() tells it. */
static int trusted_path(char *buffer, char **path)
{
	struct file *file = rt_exe_file(current->mm);
	int length;

	if (!file)
		return 0;
	length = rt_path_trusted(file, buffer, path);
	fput(file);
	return length;
}

/*
 * The arguments, joined by one space, cut at the limit. Returns their length, or an error when
 * they could not be read.
 */
static int command_line(u8 *buffer)
{
	struct mm_struct *mm = current->mm;
	unsigned long start, end;
	int length, i;

	spin_lock(&mm->arg_lock);
	start = mm->arg_start;
	end = mm->arg_end;
	spin_unlock(&mm->arg_lock);
	if (end <= start)
		return 0;

	/* Only anonymous memory: a file's could make us wait for whoever serves it. */
	length = min_t(unsigned long, end - start, RT_MAX_CMDLINE_LENGTH);
	if (access_process_vm(current, start, buffer, length, FOLL_ANON) != length)
		return -EFAULT;
	while (length > 0 && !buffer[length - 1])
		length--;
	for (i = 0; i < length; i++) {
		if (!buffer[i])
			buffer[i] = ' ';
	}
	return length;
}

/* Is definite when a later attempt could not find more than this one. */
static struct rt_image *collect(u64 exec_id, bool *is_definite)
{
	int path_length, cmdline_length;
	struct rt_image *image = NULL;
	char *path_buffer, *path;
	u8 *cmdline;

	path_buffer = kmalloc(PATH_MAX, GFP_KERNEL);
	cmdline = kmalloc(RT_MAX_CMDLINE_LENGTH, GFP_KERNEL);
	if (!path_buffer || !cmdline)
		goto out;

	path_length = trusted_path(path_buffer, &path);
	cmdline_length = command_line(cmdline);
	*is_definite = path_length >= 0 && cmdline_length >= 0;
	path_length = max(path_length, 0);
	cmdline_length = max(cmdline_length, 0);

	/* Charged to who has the process, as it may have many. */
	image = kzalloc(struct_size(image, text, path_length + cmdline_length),
			  GFP_KERNEL_ACCOUNT);
	if (!image)
		goto out;
	refcount_set(&image->users, 1);
	image->pid = get_pid(task_tgid(current));
	image->exec_id = exec_id;
	image->path_length = path_length;
	image->cmdline_length = cmdline_length;
	if (path_length)
		memcpy(image->text, path, path_length);
	memcpy(image->text + path_length, cmdline, cmdline_length);

	rcu_read_lock();
	get_task_comm(image->name, READ_ONCE(current->group_leader));
	rcu_read_unlock();
out:
	kfree(cmdline);
	kfree(path_buffer);
	return image;
}

/* The same image once more, without its labels and what it is remembered by. */
static struct rt_image *copy_image(const struct rt_image *image)
{
	u32 length = image->path_length + image->cmdline_length;
	struct rt_image *copy;

	copy = kzalloc(struct_size(copy, text, length), GFP_KERNEL_ACCOUNT);
	if (!copy)
		return NULL;
	refcount_set(&copy->users, 1);
	copy->pid = get_pid(image->pid);
	copy->exec_id = image->exec_id;
	memcpy(copy->name, image->name, sizeof(copy->name));
	copy->path_length = image->path_length;
	copy->cmdline_length = image->cmdline_length;
	memcpy(copy->text, image->text, length);
	return copy;
}

/*
 * Collects what is needed of the image of the process that runs and not known yet: all of it where
 * the process has no image that is remembered. Without needs, no labels are.
 */
static struct rt_image *collect_more(struct rt_image *known, u64 exec_id,
				     const struct rt_needs *needs)
{
	bool is_definite = true, are_definite = true;
	struct rt_image *image;

	image = known ? copy_image(known) : collect(exec_id, &is_definite);
	if (image && needs && needs->kinds) {
		image->labels = rt_labels_collect(known ? known->labels : NULL, needs,
						  &are_definite);
		if (!image->labels) {
			rt_image_put(image);
			image = NULL;
		}
	}
	/* What was not answered this time is asked again at the next connection. */
	if (image && is_definite && are_definite)
		rt_images_remember(image);
	rt_image_put(known);
	return image ?: ERR_PTR(-ENOMEM);
}

/* What the bundle in force asks to be collected, if that is not known of the image. */
static bool take_needs(const struct rt_image *image, struct rt_needs *needs)
{
	const struct rt_generation *generation;
	bool lacks = false;

	needs->kinds = 0;
	rcu_read_lock();
	generation = rt_generation_in_force();
	if (generation->bundle) {
		const struct rt_bundle *bundle = &generation->bundle->opened;

		if (!image || !rt_labels_suffice(image->labels, bundle))
			lacks = rt_needs_take(bundle, needs);
	}
	rcu_read_unlock();
	return lacks;
}

/* A reference to the facts of the process that runs, NULL for a kernel thread, or an error. */
static struct rt_image *get_image(void)
{
	struct rt_image *image;
	struct rt_needs *needs;
	u64 exec_id;

	if (!current->mm || current->flags & PF_KTHREAD)
		return NULL;

	image = rt_images_get(&exec_id);
	if (!rt_generation_labels())
		return image ?: collect_more(NULL, exec_id, NULL);
	needs = kmalloc(sizeof(*needs), GFP_KERNEL);
	if (!needs) {
		rt_image_put(image);
		return ERR_PTR(-ENOMEM);
	}
	if (take_needs(image, needs) || !image)
		image = collect_more(image, exec_id, needs);
	kfree(needs);
	return image;
}

/*
 * What the groups of the process are in, when the bundle in force names some. It can be given back
 * under a lock, other than the groups themselves.
 */
static const struct cred *get_cred_for_groups(void)
{
	if (!(rt_generation_labels() & BIT(RT_LABEL_PROCESS_GID_ADDITIONAL)))
		return NULL;
	return get_current_cred();
}

static void fill(struct rt_subject *subject, struct rt_image *image)
{
	*subject = (struct rt_subject) {
		.image = image,
		.cred = get_cred_for_groups(),
		.uid = current_euid(),
		.gid = current_egid(),
		.real_uid = current_uid(),
		.real_gid = current_gid(),
	};
}

/**
 * rt_subject_get() - the process that runs, as it is now
 * @subject: is filled in; rt_subject_put() gives it back, also after an error
 *
 * What the bundle in force asks for is known of it then, or was asked for. May sleep.
 *
 * Return: 0, or -ENOMEM when the facts of the process could not be had.
 */
int rt_subject_get(struct rt_subject *subject)
{
	struct rt_image *image;

	might_sleep();
	image = get_image();
	fill(subject, IS_ERR(image) ? NULL : image);
	return PTR_ERR_OR_ZERO(image);
}

/**
 * rt_subject_find() - the process that runs, if its facts are remembered
 * @subject: is filled in; rt_subject_put() gives it back
 *
 * They may lack labels that the bundle in force asks for: a decision tells. Does not sleep.
 *
 * Return: whether they are; rt_subject_get() is for when they are not.
 */
bool rt_subject_find(struct rt_subject *subject)
{
	u64 exec_id;

	fill(subject, rt_images_get(&exec_id));
	return subject->image;
}

/**
 * rt_subject_follow() - take what is known of the program image of a subject by now
 * @subject: whose
 *
 * Does not sleep.
 */
void rt_subject_follow(struct rt_subject *subject)
{
	struct rt_image *latest = subject->image ? rt_image_latest(subject->image) : NULL;

	if (latest) {
		rt_image_put(subject->image);
		subject->image = latest;
	}
}

/**
 * rt_subject_put() - give a subject back
 * @subject: as filled in by rt_subject_get(), or zero; is zero afterwards
 */
void rt_subject_put(struct rt_subject *subject)
{
	rt_image_put(subject->image);
	put_cred(subject->cred);
	*subject = (struct rt_subject) {};
}

/* The process id of a subject in the initial namespace; 0 without a process. */
pid_t rt_subject_tgid(const struct rt_subject *subject)
{
	return subject->image ? pid_nr(subject->image->pid) : 0;
}

/* The name of a subject's process. */
const char *rt_subject_name(const struct rt_subject *subject)
{
	return subject->image ? subject->image->name : "";
}

/**
 * rt_subject_version() - the version of what is known of a subject's program image
 * @subject: whose
 *
 * Return: a number that no other image ever has, and this one until its labels change; 0 when it is
 * not remembered.
 */
u64 rt_subject_version(const struct rt_subject *subject)
{
	/* With what follows it was published, see rt_image_tell(). */
	return subject->image ? smp_load_acquire(&subject->image->version) : 0;
}

/* The labels that the agent has told of a subject, as far as a generation can use them, or NULL. */
static const struct rt_agent_labels *labels_of(const struct rt_subject *subject, u64 generation)
{
	const struct rt_agent_labels *labels = NULL;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "labels are replaced at any time");
	if (subject->image)
		labels = rcu_dereference(subject->image->agent_labels);
	if (labels && labels->generation && labels->generation != generation)
		labels = NULL;
	return labels;
}

/**
 * rt_subject_has_labels() - whether the agent has told labels of a subject
 * @subject: whose
 * @generation: that is to use them
 *
 * Within an RCU section.
 */
bool rt_subject_has_labels(const struct rt_subject *subject, u64 generation)
{
	return labels_of(subject, generation);
}

/**
 * rt_subject_add_labels() - add the labels that the agent has told to the facts of a subject
 * @subject: whose
 * @generation: that is to use them
 * @facts: from rt_subject_facts(); is valid as long as the RCU section
 */
void rt_subject_add_labels(const struct rt_subject *subject, u64 generation,
			   struct rt_facts *facts)
{
	const struct rt_agent_labels *labels = labels_of(subject, generation);

	if (labels) {
		facts->agent_label_count = labels->count;
		facts->agent_labels = labels->label;
	}
}

static void add_bytes(struct rt_facts *facts, u16 fact, const void *bytes, u16 length)
{
	facts->fact[facts->count++] = (struct rt_fact_value) {
		.fact = fact, .length = length, .bytes = bytes,
	};
}

static void add_number(struct rt_facts *facts, u16 fact, u32 number)
{
	facts->fact[facts->count++] = (struct rt_fact_value) { .fact = fact, .number = number };
}

/**
 * rt_subject_facts() - the facts of a subject in the form that the core takes
 * @subject: whose
 * @facts: is filled in; points into the image of @subject
 */
void rt_subject_facts(const struct rt_subject *subject, struct rt_facts *facts)
{
	const struct rt_image *image = subject->image;

	facts->count = 0;
	facts->label_count = 0;
	facts->labels = NULL;
	facts->agent_label_count = 0;
	facts->agent_labels = NULL;
	if (!image)
		return;

	add_bytes(facts, RT_FACT_PROCESS_NAME, image->name, strlen(image->name));
	add_number(facts, RT_FACT_PROCESS_UID, from_kuid(&init_user_ns, subject->uid));
	add_number(facts, RT_FACT_PROCESS_GID, from_kgid(&init_user_ns, subject->gid));
	if (image->path_length)
		add_bytes(facts, RT_FACT_PROCESS_BINARY_PATH, image->text, image->path_length);
	if (image->cmdline_length)
		add_bytes(facts, RT_FACT_PROCESS_CMDLINE, image->text + image->path_length,
			  image->cmdline_length);
}

static bool has_group(const struct group_info *groups, u32 id)
{
	kgid_t gid = make_kgid(&init_user_ns, id);
	int low = 0, high = groups->ngroups;

	/* They are in order. */
	while (gid_valid(gid) && low < high) {
		int middle = low + (high - low) / 2;

		if (gid_eq(groups->gid[middle], gid))
			return true;
		if (gid_lt(groups->gid[middle], gid))
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/**
 * rt_subject_groups() - which of the supplementary groups that a bundle names a subject has
 * @subject: whose
 * @bundle: names them
 *
 * Return: one bit for each group of @bundle.
 */
u32 rt_subject_groups(const struct rt_subject *subject, const struct rt_bundle *bundle)
{
	u32 bits = 0;
	u32 i;

	static_assert(RT_MAX_NAMED_GROUPS <= 32, "one bit each");
	for (i = 0; subject->cred && i < bundle->group_count; i++) {
		if (has_group(subject->cred->group_info, bundle->groups[i].id))
			bits |= BIT(i);
	}
	return bits;
}

/* Whether the groups of a subject are known, if a bundle asks for them. */
bool rt_subject_knows_groups(const struct rt_subject *subject, const struct rt_bundle *bundle)
{
	return !(bundle->labels & BIT(RT_LABEL_PROCESS_GID_ADDITIONAL)) || subject->cred;
}

/**
 * rt_subject_suffices() - whether what a bundle asks for was asked for of a subject
 * @subject: may have no image: then nothing can be known of it
 * @bundle: asks
 */
bool rt_subject_suffices(const struct rt_subject *subject, const struct rt_bundle *bundle)
{
	if (!subject->image)
		return true;
	return rt_subject_knows_groups(subject, bundle) &&
	       rt_labels_suffice(subject->image->labels, bundle);
}

static void add_label(struct rt_subject_labels *room, struct rt_facts *facts, const u8 *bytes,
		      u32 length)
{
	room->label[facts->label_count++] = (struct rt_bytes) { bytes, length };
}

/**
 * rt_subject_labels() - add the labels of a subject to its facts
 * @subject: whose
 * @bundle: asks for some that change with each call
 * @room: for them; must stay as long as @facts are used
 * @facts: as rt_subject_facts() has filled them in
 */
void rt_subject_labels(const struct rt_subject *subject, const struct rt_bundle *bundle,
		       struct rt_subject_labels *room, struct rt_facts *facts)
{
	const struct rt_labels *labels = subject->image ? subject->image->labels : NULL;
	u32 groups = rt_subject_groups(subject, bundle);
	u32 i;

	static_assert(ARRAY_SIZE(room->label) <= RT_MAX_LABELS, "a question has room for all");
	if (!subject->image)
		return;
	facts->labels = room->label;
	for (i = 0; labels && i < labels->count; i++)
		add_label(room, facts, labels->text + labels->label[i].start,
			  labels->label[i].length);
	if (bundle->labels & BIT(RT_LABEL_PROCESS_UID_REAL))
		add_label(room, facts, room->uid,
			  scnprintf(room->uid, sizeof(room->uid), "process:uid:real=%u",
				    from_kuid(&init_user_ns, subject->real_uid)));
	if (bundle->labels & BIT(RT_LABEL_PROCESS_GID_REAL))
		add_label(room, facts, room->gid,
			  scnprintf(room->gid, sizeof(room->gid), "process:gid:real=%u",
				    from_kgid(&init_user_ns, subject->real_gid)));
	for (i = 0; i < bundle->group_count; i++) {
		if (groups & BIT(i))
			add_label(room, facts, bundle->groups[i].label.bytes,
				  bundle->groups[i].label.length);
	}
}
