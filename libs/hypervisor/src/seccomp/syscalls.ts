/**
 * What a guest may ask of the kernel, by purpose. Whatever is not here answers EPERM. The list is what Xvnc, a window
 * manager, Chromium, Java and the C viewers ask for, and what belongs to it by meaning (an `at` variant, a 64 bit time).
 *
 * Left out on purpose, with what it would open:
 * - mount, umount2, pivot_root, fsopen, move_mount, open_tree, mount_setattr: the file tree;
 * - unshare, setns, clone3 and the CLONE_NEW* flags of clone: a user namespace is the door to most kernel bugs;
 * - ptrace, process_vm_readv/writev, process_madvise, pidfd_getfd, kcmp: other processes;
 * - bpf, perf_event_open, io_uring_*, userfaultfd, keyctl, add_key, request_key, vmsplice: rich attack surface that no
 *   viewer needs (keys are not namespaced; io_uring opens sockets behind this filter's back);
 * - init_module, kexec_load, reboot, swapon, settimeofday, iopl, ioperm, quotactl, acct, syslog: the machine;
 * - open_by_handle_at, name_to_handle_at: files outside the guest's tree;
 * - mq_*, add to them msgget: queues that outlive the process; chroot, personality (ASLR off), modify_ldt, uselib.
 */
export const SYSCALLS: Readonly<Record<string, string>> = {
  files: `
    access chdir chmod close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate
    fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fstat fstatfs fsync
    ftruncate getcwd getdents getdents64 getxattr lchown lgetxattr link linkat listxattr llistxattr lseek lstat mkdir
    mkdirat newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink
    readlinkat readv rename renameat renameat2 rmdir sendfile splice stat statfs statx symlink symlinkat
    sync_file_range tee truncate umask unlink unlinkat utime utimensat utimes futimesat write writev chown`,
  // Without CAP_MKNOD only pipes and plain files come of it; Xvnc and Java make named pipes.
  pipes: 'mknod mknodat pipe pipe2',
  watching: 'inotify_add_watch inotify_init inotify_init1 inotify_rm_watch',
  waiting: `
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 poll ppoll pselect6
    select signalfd signalfd4 timerfd_create timerfd_gettime timerfd_settime`,
  memory: `
    brk madvise membarrier memfd_create mincore mlock mlock2 mmap mprotect mremap msync munlock munmap pkey_alloc
    pkey_free pkey_mprotect`,
  // X shares pictures with its clients by System V memory; the guest has an IPC namespace of its own.
  'shared memory': 'semctl semget semop semtimedop shmat shmctl shmdt shmget',
  processes: `
    arch_prctl capget execve execveat exit exit_group fork getgroups getegid geteuid getgid getpgid getpgrp getpid
    getppid getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid kill pidfd_open
    pidfd_send_signal prctl prlimit64 restart_syscall rseq set_robust_list get_robust_list set_tid_address setfsgid
    setfsuid setgid setgroups setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid setuid
    tgkill tkill vfork wait4 waitid`,
  signals: `
    alarm getitimer pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_tgsigqueueinfo setitimer sigaltstack`,
  threads: `
    futex futex_waitv get_mempolicy getcpu sched_get_priority_max sched_get_priority_min sched_getaffinity
    sched_getattr sched_getparam sched_getscheduler sched_setaffinity sched_setattr sched_setparam sched_setscheduler
    sched_yield`,
  time: `
    clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time timer_create timer_delete timer_getoverrun
    timer_gettime timer_settime times`,
  system: 'getrandom sysinfo uname',
  // Landlock and a filter of one's own only take rights away, so a viewer may confine itself further, as QEMU does.
  'self-confinement': 'landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp',
  // What can be done with a socket once there is one; which kinds there are is decided at `socket`.
  sockets: `
    accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg sendmsg
    sendto setsockopt shutdown`,
};
