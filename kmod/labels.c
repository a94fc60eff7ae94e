// SPDX-License-Identifier: GPL-2.0-only
/*
 * Labels of a program image that the kernel collects itself, each as name=value.
 *
 * What the bundle in force asks for is collected, at the first connection of the image under it;
 * what was collected before stays as it was, so that a commit does not take from a process what
 * cannot be found out again. docs/labels.md says what each of them proves.
 */
#include <linux/array_size.h>
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "digest.h"
#include "labels.h"
#include "paths.h"

enum {
	ENVIRONMENT_SIZE = 64 << 10,	/* bytes of the environment that are looked at */
	NAMES_SIZE = RT_MAX_ENV_NAMES * RT_MAX_ENV_NAME_LENGTH,
};

static_assert(NAMES_SIZE + RT_LABELS_SIZE <= U16_MAX, "a span can be anywhere");

#define NAME_OF(number, name, open) \
	[number] = (name),
static const char *const names[] = { RT_LABEL_TABLE(NAME_OF) };

static const struct {
	const char *kind;
	u8 inode;
	u8 is_host;
} namespaces[] = {
#define NAMESPACE(name, tag) \
	{ (name), RT_LABEL_PROCESS_NAMESPACE_##tag, RT_LABEL_PROCESS_NAMESPACE_##tag##_HOST }
	NAMESPACE("cgroup", CGROUP),
	NAMESPACE("ipc", IPC),
	NAMESPACE("mnt", MNT),
	NAMESPACE("net", NET),
	NAMESPACE("pid", PID),
	NAMESPACE("time", TIME),
	NAMESPACE("user", USER),
	NAMESPACE("uts", UTS),
#undef NAMESPACE
};

static_assert(ARRAY_SIZE(namespaces) == RT_NAMESPACES, "each kind");

/* Labels that are being collected. */
struct builder {
	struct rt_labels *labels;	/* with room for all that may be there */
	u32 used;			/* bytes of its text, */
	u32 labelled;			/* and those of labels */
	u32 missing;			/* kinds that are collected now */
	bool is_definite;		/* a later attempt could not find more */
	char *path;			/* PATH_MAX bytes to write to */
};

/**
 * rt_needs_take() - what a bundle asks to be collected of an image
 * @bundle: may change once this has returned
 * @needs: is filled in
 *
 * Return: whether it asks for anything.
 */
bool rt_needs_take(const struct rt_bundle *bundle, struct rt_needs *needs)
{
	u32 i;

	needs->kinds = bundle->labels & ~RT_CALL_LABELS;
	needs->env_count = bundle->env_count;
	for (i = 0; i < bundle->env_count; i++) {
		needs->env[i].length = bundle->env[i].length;
		memcpy(needs->env[i].name, bundle->env[i].bytes, bundle->env[i].length);
	}
	return needs->kinds;
}

static bool has_variable(const struct rt_labels *labels, const u8 *name, u32 length)
{
	u32 i;

	for (i = 0; i < labels->env_count; i++) {
		const struct rt_span *own = &labels->env[i];

		if (own->length == length && !memcmp(labels->text + own->start, name, length))
			return true;
	}
	return false;
}

/**
 * rt_labels_suffice() - whether all that a bundle asks for was asked for of an image
 * @labels: of the image; may be NULL
 * @bundle: asks
 */
bool rt_labels_suffice(const struct rt_labels *labels, const struct rt_bundle *bundle)
{
	u32 kinds = bundle->labels & ~RT_CALL_LABELS;
	u32 i;

	if (!kinds)
		return true;
	if (!labels || kinds & ~labels->kinds)
		return false;
	for (i = 0; i < bundle->env_count; i++) {
		if (!has_variable(labels, bundle->env[i].bytes, bundle->env[i].length))
			return false;
	}
	return true;
}

/* A label that is longer than one may be, or for which there is no room, is not there. */
static void add(struct builder *b, const void *name, u32 name_length, const void *value,
		u32 value_length)
{
	u32 length = name_length + 1 + value_length;
	struct rt_labels *labels = b->labels;

	if (length > RT_MAX_LABEL_LENGTH || labels->count == RT_IMAGE_LABELS ||
	    length > RT_LABELS_SIZE - b->labelled)
		return;
	labels->label[labels->count++] = (struct rt_span) { b->used, length };
	memcpy(labels->text + b->used, name, name_length);
	labels->text[b->used + name_length] = '=';
	memcpy(labels->text + b->used + name_length + 1, value, value_length);
	b->used += length;
	b->labelled += length;
}

static void add_value(struct builder *b, enum rt_label kind, const void *value, u32 length)
{
	add(b, names[kind], strlen(names[kind]), value, length);
}

static void add_number(struct builder *b, enum rt_label kind, unsigned long number)
{
	char text[24];

	add_value(b, kind, text, scnprintf(text, sizeof(text), "%lu", number));
}

static void add_boolean(struct builder *b, enum rt_label kind, bool is)
{
	add_value(b, kind, is ? "true" : "false", is ? 4 : 5);
}

static bool is_missing(const struct builder *b, enum rt_label kind)
{
	return b->missing & BIT(kind);
}

static void collect_hash(struct builder *b)
{
	char text[sizeof("sha256:") + 2 * RT_DIGEST_SIZE];
	struct file *file = rt_exe_file(current->mm);
	u8 digest[RT_DIGEST_SIZE];
	int err;

	if (!file)
		return;
	err = rt_digest_of(file, digest);
	fput(file);
	if (err < 0)
		b->is_definite = false;
	if (err != 1)
		return;
	add_value(b, RT_LABEL_PROCESS_BINARY_HASH, text,
		  scnprintf(text, sizeof(text), "sha256:%*phN", RT_DIGEST_SIZE, digest));
}

/* The parent of a task, with a reference; NULL where there is none. Gives the task back. */
static struct task_struct *take_parent(struct task_struct *task)
{
	struct task_struct *parent = NULL;

	rcu_read_lock();
	if (pid_alive(task))
		parent = rcu_dereference(task->real_parent);
	/* The parent of process 1 is the idle task. */
	if (parent && !is_idle_task(parent))
		get_task_struct(parent);
	else
		parent = NULL;
	rcu_read_unlock();
	put_task_struct(task);
	return parent;
}

/* The path of an ancestor's executable, within the builder's buffer. */
static int path_of_ancestor(struct builder *b, struct task_struct *task, char **path)
{
	struct mm_struct *mm = get_task_mm(task);
	struct file *file;
	int length;

	if (!mm) {
		/* One that is about to end is soon not an ancestor any more. */
		if (!(READ_ONCE(task->flags) & PF_KTHREAD))
			b->is_definite = false;
		return 0;
	}
	file = rt_exe_file(mm);
	mmput(mm);
	if (!file)
		return 0;
	length = rt_path_trusted(file, b->path, path);
	fput(file);
	if (length < 0)
		b->is_definite = false;
	return length;
}

/* Several ancestors may be of one program: that is one label. */
static bool has_label(const struct builder *b, enum rt_label kind, const char *value, u32 length)
{
	u32 name_length = strlen(names[kind]);
	u32 i;

	for (i = 0; i < b->labels->count; i++) {
		const struct rt_span *own = &b->labels->label[i];
		const u8 *text = b->labels->text + own->start;

		if (own->length == name_length + 1 + length &&
		    !memcmp(text, names[kind], name_length) &&
		    !memcmp(text + name_length + 1, value, length))
			return true;
	}
	return false;
}

static void collect_ancestors(struct builder *b)
{
	const enum rt_label parent = RT_LABEL_PROCESS_PARENT_BINARY_PATH;
	const enum rt_label any = RT_LABEL_PROCESS_ANCESTOR_BINARY_PATH;
	struct task_struct *task;
	char *path;
	int depth, length;

	get_task_struct(current);
	task = take_parent(current);
	for (depth = 0; task && depth < RT_ANCESTORS; depth++) {
		length = path_of_ancestor(b, task, &path);
		if (length > 0 && depth == 0 && is_missing(b, parent))
			add_value(b, parent, path, length);
		if (length > 0 && is_missing(b, any) && !has_label(b, any, path, length))
			add_value(b, any, path, length);
		if (!is_missing(b, any) || fatal_signal_pending(current))
			break;
		task = take_parent(task);
	}
	if (task)
		put_task_struct(task);
}

static void collect_cgroup(struct builder *b)
{
	int length;

	rcu_read_lock();
	length = cgroup_path(task_dfl_cgroup(current), b->path, PATH_MAX);
	rcu_read_unlock();
	/* Kernels differ in what they return where there is no room. */
	if (length > 0 && length < PATH_MAX)
		add_value(b, RT_LABEL_PROCESS_CGROUP, b->path, strnlen(b->path, length));
}

/* The inode number of a namespace, as /proc/PID/ns shows it. */
static int namespace_of(pid_t pid, const char *kind, unsigned long *inode)
{
	struct path found;
	char text[40];
	int err;

	scnprintf(text, sizeof(text), "/proc/%d/ns/%s", pid, kind);
	err = rt_path_find(text, LOOKUP_FOLLOW, &found);
	if (err)
		return err;
	*inode = d_inode(found.dentry)->i_ino;
	err = found.dentry->d_sb->s_magic == NSFS_MAGIC ? 0 : -ENOENT;
	path_put(&found);
	return err;
}

static void collect_namespace(struct builder *b, unsigned int i)
{
	const char *kind = namespaces[i].kind;
	unsigned long own, host;
	int err;

	err = namespace_of(task_pid_nr(current), kind, &own);
	if (!err && is_missing(b, namespaces[i].inode))
		add_number(b, namespaces[i].inode, own);
	if (!err && is_missing(b, namespaces[i].is_host)) {
		err = namespace_of(1, kind, &host);
		if (!err)
			add_boolean(b, namespaces[i].is_host, own == host);
	}
	/* The kernel has no such namespaces. */
	if (err && err != -ENOENT)
		b->is_definite = false;
}

static void collect_namespaces(struct builder *b)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(namespaces); i++) {
		if (is_missing(b, namespaces[i].inode) || is_missing(b, namespaces[i].is_host))
			collect_namespace(b, i);
	}
}

/* Reads the beginning of the environment. Returns its length, or an error. */
static int read_environment(char *buffer)
{
	struct mm_struct *mm = current->mm;
	unsigned long start, end;
	int length;

	spin_lock(&mm->arg_lock);
	start = mm->env_start;
	end = mm->env_end;
	spin_unlock(&mm->arg_lock);
	if (end <= start)
		return 0;

	/* Only anonymous memory: a file's could make us wait for whoever serves it. */
	length = min_t(unsigned long, end - start, ENVIRONMENT_SIZE);
	if (access_process_vm(current, start, buffer, length, FOLL_ANON) != length)
		return -EFAULT;
	return length;
}

/* The value of a variable, as getenv() finds it, ended by a NUL; NULL when it is not there. */
static const char *find_variable(const char *text, u32 length, const u8 *name, u32 name_length)
{
	const char *end = text + length;

	while (text < end) {
		u32 own = strnlen(text, end - text);

		/* What is cut off is not known. */
		if (text + own == end)
			break;
		if (own > name_length && text[name_length] == '=' &&
		    !memcmp(text, name, name_length))
			return text + name_length + 1;
		text += own + 1;
	}
	return NULL;
}

static void add_variable(struct builder *b, const u8 *name, u32 name_length, const char *value)
{
	const char *prefix = names[RT_LABEL_PROCESS_ENV];
	char text[32 + RT_MAX_ENV_NAME_LENGTH];
	u32 length = strlen(prefix);

	memcpy(text, prefix, length);
	text[length++] = ':';
	memcpy(text + length, name, name_length);
	add(b, text, length + name_length, value, strlen(value));
}

static void note_variable(struct builder *b, const u8 *name, u32 length)
{
	struct rt_labels *labels = b->labels;

	labels->env[labels->env_count++] = (struct rt_span) { b->used, length };
	memcpy(labels->text + b->used, name, length);
	b->used += length;
}

static int collect_environment(struct builder *b, const struct rt_needs *needs)
{
	char *buffer = kvmalloc(ENVIRONMENT_SIZE, GFP_KERNEL);
	const char *value;
	int length;
	u32 i;

	if (!buffer)
		return -ENOMEM;
	length = read_environment(buffer);
	if (length < 0)
		b->is_definite = false;
	/* First, as there is room for all names. */
	for (i = 0; i < needs->env_count; i++)
		note_variable(b, needs->env[i].name, needs->env[i].length);
	for (i = 0; i < needs->env_count && length > 0; i++) {
		value = find_variable(buffer, length, needs->env[i].name, needs->env[i].length);
		if (value)
			add_variable(b, needs->env[i].name, needs->env[i].length, value);
	}
	/* It may hold secrets, which nobody asked for. */
	kvfree_sensitive(buffer, ENVIRONMENT_SIZE);
	return 0;
}

/* Labels that are known already, but for variables, which are read together. */
static void add_known(struct builder *b, const struct rt_labels *known)
{
	u32 i, kind;

	for (i = 0; known && i < known->count; i++) {
		const struct rt_span *own = &known->label[i];
		const u8 *text = known->text + own->start;
		const u8 *end = memchr(text, '=', own->length);

		kind = rt_label_kind(text, end - text);
		if (kind != RT_LABEL_PROCESS_ENV && !is_missing(b, kind))
			add(b, text, end - text, end + 1, own->length - (end + 1 - text));
	}
}

static int collect(struct builder *b, const struct rt_labels *known, const struct rt_needs *needs)
{
	int err = 0;

	if (needs->kinds & BIT(RT_LABEL_PROCESS_ENV))
		err = collect_environment(b, needs);
	if (err)
		return err;
	add_known(b, known);
	if (is_missing(b, RT_LABEL_PROCESS_PID))
		add_number(b, RT_LABEL_PROCESS_PID, pid_nr(task_tgid(current)));
	if (is_missing(b, RT_LABEL_PROCESS_BINARY_HASH))
		collect_hash(b);
	if (is_missing(b, RT_LABEL_PROCESS_CGROUP))
		collect_cgroup(b);
	collect_namespaces(b);
	/* Last, as there may be no room for long ones. */
	if (is_missing(b, RT_LABEL_PROCESS_PARENT_BINARY_PATH) ||
	    is_missing(b, RT_LABEL_PROCESS_ANCESTOR_BINARY_PATH))
		collect_ancestors(b);
	return 0;
}

/**
 * rt_labels_collect() - collect labels of the process that runs
 * @known: what was collected of this image before; may be NULL
 * @needs: what is asked for now
 * @is_definite: takes whether a later attempt could not find more
 *
 * May sleep, as rt_path_trusted() and rt_digest_of() do. Return: the labels, for kfree(), those of
 * @known among them; or NULL when there is no memory.
 */
struct rt_labels *rt_labels_collect(const struct rt_labels *known, const struct rt_needs *needs,
				    bool *is_definite)
{
	struct builder b = { .is_definite = true };
	struct rt_labels *labels = NULL;

	b.labels = kvzalloc(struct_size(labels, text, NAMES_SIZE + RT_LABELS_SIZE), GFP_KERNEL);
	b.path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!b.labels || !b.path)
		goto out;
	/* Variables change with the names that are asked for, and are always read anew. */
	b.missing = needs->kinds & ~(known ? known->kinds : 0);
	b.missing |= needs->kinds & BIT(RT_LABEL_PROCESS_ENV);
	b.labels->kinds = needs->kinds | (known ? known->kinds & ~BIT(RT_LABEL_PROCESS_ENV) : 0);
	if (collect(&b, known, needs))
		goto out;

	/* Charged to who has the process, as it may have many. */
	labels = kmemdup(b.labels, struct_size(labels, text, b.used), GFP_KERNEL_ACCOUNT);
	*is_definite = b.is_definite;
out:
	kfree(b.path);
	kvfree_sensitive(b.labels, struct_size(labels, text, NAMES_SIZE + RT_LABELS_SIZE));
	return labels;
}
