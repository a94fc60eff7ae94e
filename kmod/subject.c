// SPDX-License-Identifier: GPL-2.0-only
/*
 * Facts of processes.
 *
 * What is expensive to collect is collected once per program image: the first time that a
 * process connects or accepts after it was executed. User and group are read each time.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs_struct.h>
#include <linux/init_task.h>
#include <linux/mm.h>
#include <linux/namei.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "compat.h"
#include "images.h"
#include "subject.h"

/* Sees the host as its superuser does. */
static const struct cred *host_cred;

/*
 * Whether the text, looked up from the root of the host, leads to this very file: 1 or 0; or
 * an error when that was not answered this time.
 */
static int leads_to(const char *text, const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;
	const struct cred *cred;
	struct path root, found;
	int err;

	rt_host_root(&root);
	cred = override_creds(host_cred);
	err = vfs_path_lookup(root.dentry, root.mnt, text, LOOKUP_NO_SYMLINKS, &found);
	revert_creds(cred);
	path_put(&root);

	switch (err) {
	case 0:
		break;
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
	case -ENAMETOOLONG:
		return 0;
	default:
		return err;
	}
	err = found.dentry->d_sb == dentry->d_sb &&
	      d_backing_inode(found.dentry) == d_backing_inode(dentry);
	path_put(&found);
	return err;
}

/*
 * The path of a file, in the buffer. The kernel marks a file as deleted whose name it dropped;
 * some file systems have it drop the names of files that are still there, and whether this one
 * is will show when the name is looked up.
 */
static char *path_of(const struct file *file, char *buffer)
{
	static const char mark[] = " (deleted)";
	char *path = d_path(&file->f_path, buffer, PATH_MAX);
	size_t length;

	if (IS_ERR(path))
		return NULL;
	length = strlen(path);
	if (d_unlinked(file->f_path.dentry) && length > strlen(mark) &&
	    !strcmp(path + length - strlen(mark), mark))
		path[length - strlen(mark)] = '\0';
	return path;
}

/*
 * The path of the executable, which a policy may rest on.
 *
 * A path is relative to who looks: any user can make a user and a mount namespace of his
 * own, mount his program over /usr/bin/curl there, or change his root, and the kernel then
 * calls it /usr/bin/curl too. So the path counts only if it leads from the host's own root to
 * the same file, which it does not once that was deleted or replaced. A process without a path
 * matches no selector that asks for one.
 *
 * A path does not tell who controls the process: whoever may run a program can make it do as
 * he likes (LD_PRELOAD, ptrace), or be taken for it (PR_SET_MM_MAP, for which he must be
 * allowed to read and execute the file as well). A policy asks for the user besides.
 *
 * The walk waits for file systems as any call does, and a program may lie on one that its own
 * user serves. So nothing of the module's may be locked here.
 *
 * Returns the length of the path, which starts at *path within the buffer; 0 without one; or
 * an error when it is not known whether there is one.
 */
static int trusted_path(char *buffer, char **path)
{
	struct file *file = rt_exe_file(current->mm);
	int length = 0;

	if (!file)
		return 0;
	*path = path_of(file, buffer);
	if (*path && **path == '/')
		length = leads_to(*path, file);
	if (length > 0)
		length = strlen(*path);
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

/* A reference to the facts of the process that runs, NULL for a kernel thread, or an error. */
static struct rt_image *get_image(void)
{
	struct rt_image *image;
	bool is_definite;
	u64 exec_id;

	if (!current->mm || current->flags & PF_KTHREAD)
		return NULL;

	image = rt_images_get(&exec_id);
	if (image)
		return image;

	image = collect(exec_id, &is_definite);
	if (!image)
		return ERR_PTR(-ENOMEM);
	/* What was not answered this time is asked again at the next connection. */
	if (is_definite)
		rt_images_remember(image);
	return image;
}

/**
 * rt_subject_get() - the process that runs, as it is now
 * @subject: is filled in; rt_subject_put() gives it back, also after an error
 *
 * May sleep. Return: 0, or -ENOMEM when the facts of the process could not be had.
 */
int rt_subject_get(struct rt_subject *subject)
{
	struct rt_image *image;

	might_sleep();
	image = get_image();
	*subject = (struct rt_subject) {
		.image = IS_ERR(image) ? NULL : image,
		.uid = current_euid(),
		.gid = current_egid(),
	};
	return PTR_ERR_OR_ZERO(image);
}

/**
 * rt_subject_find() - the process that runs, if its facts are remembered
 * @subject: is filled in; rt_subject_put() gives it back
 *
 * Does not sleep. Return: whether they are; rt_subject_get() is for when they are not.
 */
bool rt_subject_find(struct rt_subject *subject)
{
	u64 exec_id;

	*subject = (struct rt_subject) {
		.image = rt_images_get(&exec_id),
		.uid = current_euid(),
		.gid = current_egid(),
	};
	return subject->image;
}

/**
 * rt_subject_put() - give a subject back
 * @subject: as filled in by rt_subject_get(), or zero; is zero afterwards
 */
void rt_subject_put(struct rt_subject *subject)
{
	rt_image_put(subject->image);
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

int __init rt_subject_init(void)
{
	host_cred = prepare_kernel_cred(&init_task);
	return host_cred ? 0 : -ENOMEM;
}

/* No subject may be in use any more. */
void rt_subject_exit(void)
{
	put_cred(host_cred);
}
