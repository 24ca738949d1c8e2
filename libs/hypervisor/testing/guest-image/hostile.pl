# Tries whatever a guest must not be able to do. One line each on the standard output file: OUTCOME<TAB>attempt<TAB>detail.
use strict;
use warnings;
use Errno;
use Socket;

my ($report) = @ARGV;
open my $out, '>', $report or die "report: $!";
select((select($out), $| = 1)[0]);

sub told { my ($attempt, $succeeded, $detail) = @_; $detail =~ s/\s+/ /g; print $out join("\t", $succeeded ? 'REACHED' : 'refused', $attempt, $detail), "\n" }
sub call { my ($attempt, $number, @words) = @_; $! = 0; my $got = syscall($number, @words); told($attempt, $got >= 0, $got >= 0 ? "returned $got" : "$!"); return $got }

# Every family of sockets that the kernel may know, by number, as stream, datagram, raw and sequenced.
my %names = (2 => 'INET', 3 => 'AX25', 4 => 'IPX', 5 => 'APPLETALK', 10 => 'INET6', 15 => 'KEY', 16 => 'NETLINK', 17 => 'PACKET', 21 => 'RDS', 24 => 'PPPOX', 26 => 'LLC', 29 => 'CAN', 30 => 'TIPC', 31 => 'BLUETOOTH', 33 => 'RXRPC', 38 => 'ALG', 39 => 'NFC', 40 => 'VSOCK', 41 => 'KCM', 42 => 'QIPCRTR', 43 => 'SMC', 44 => 'XDP', 45 => 'MCTP');
for my $family (2 .. 46) {
    my ($made, $why) = (0, '');
    for my $type (1, 2, 3, 5) { if (socket my $s, $family, $type, 0) { $made = 1 } else { $why = "$!" } }
    told('socket AF_' . ($names{$family} // $family), $made, $made ? 'created' : $why);
}
my @addresses = Socket::getaddrinfo('example.org', 80);
told('look up a name (DNS)', !$addresses[0] && @addresses > 1, "$addresses[0]");
told('a name server in resolv.conf', (-s '/etc/resolv.conf' ? 1 : 0), 'bytes: ' . (-s '/etc/resolv.conf' // 0));
my @interfaces = map { /^\s*(\S+):/ ? $1 : () } split /\n/, slurp('/proc/net/dev');
told('an interface besides lo', scalar(grep { $_ ne 'lo' } @interfaces), "@interfaces");

# Kernel doors (numbers of x86_64).
call('mount a tmpfs', 165, 'x', '/tmp', 'tmpfs', 0, 0);
call('remount /record writable', 165, 'x', '/record', 'none', 0x20 | 0x1000, 0);
call('umount /proc/sys', 166, '/proc/sys', 0);
call('unshare a user namespace', 272, 0x10000000);
call('unshare a mount namespace', 272, 0x20000);
call('clone into a user namespace', 56, 0x10000000 | 17, 0, 0, 0, 0);
call('clone3', 435, 0, 0);
if (open my $ns, '<', '/proc/1/ns/mnt') { call('setns', 308, fileno $ns, 0) } else { told('setns', 0, "$!") }
call('ptrace process 1', 101, 16, 1, 0, 0);
call('read memory of process 1', 310, 1, 0, 0, 0, 0, 0);
call('bpf', 321, 0, 0, 0);
call('perf_event_open', 298, 0, 0, -1, -1, 0);
call('io_uring_setup', 425, 4, my $ring = "\0" x 120);
call('userfaultfd', 323, 0);
call('keyctl (join session)', 250, 1, 0);
call('add_key', 248, 'user', 'a', 'b', 1, -3);
call('open_by_handle_at', 304, -100, 0, 0);
call('name_to_handle_at', 303, -100, '/', 0, 0, 0);
call('chroot', 161, '/tmp');
call('personality', 135, 0x0040000);
call('init_module', 175, 0, 0, 0);
call('kexec_load', 246, 0, 0, 0, 0);
call('open_tree', 428, -100, '/', 0);
call('fsopen', 430, 'tmpfs', 0);
call('mq_open', 240, 'q', 0102, 0600, 0);
call('syslog (kernel log)', 103, 3, my $log = "\0" x 64, 64);
call('settimeofday', 164, 0, 0);
call('become root (setuid 0)', 105, 0);
call('a device node (mknod)', 133, '/tmp/disk', 060600, 0xfe00);
call('TIOCSTI', 16, 0, 0x5412, my $key = 'x');
call('TIOCSTI with a high bit set', 16, 0, 0x5412 | (1 << 32), $key);

# The same calls by the numbers of the x32 interface, in a child, since the answer may be a signal.
my $child = fork // die;
if (!$child) { exit(syscall(41 + 0x40000000, 2, 1, 0) >= 0 ? 1 : 0) }
waitpid $child, 0;
told('an INET socket by its x32 number', $? == 256, "status $?");

# Files.
for my $path ('/etc/x', '/opt/x', '/usr/bin/perl', '/record/x', '/record/open.json', '/dev/x', '/run/x', '/var/tmp/x', '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/sys/kernel/uevent_helper', '/sys/fs/cgroup/memory/memory.limit_in_bytes') {
    told("write $path", open(my $f, '>>', $path) ? 1 : 0, "$!");
}
for my $path ('/proc/kcore', '/proc/keys', '/proc/timer_list', '/dev/mem', '/dev/kmsg', '/dev/vda', '/dev/kvm', '/dev/fuse', '/dev/vsock', '/sys/firmware/dmi', '/sys/class/dmi/id/product_uuid', '/root', '/etc/shadow') {
    my $got = '';
    $! = 0;
    if (-d $path) { if (opendir my $d, $path) { $got = join ' ', grep { !/^\.\.?$/ } readdir $d } }
    elsif (open my $f, '<', $path) { $got = 'bytes' if read $f, my $b, 64 }
    told("read $path", $got ne '', $got || "$!" || 'empty');
}
for my $place ('/tmp', '/dev/shm', '/record', '/run/display') {
    if ($place ne '/record') { open my $f, '>', "$place/run.sh" or next; print $f "#!/bin/sh\nexit 0\n"; close $f; chmod 0755, "$place/run.sh" }
    my $code = system { "$place/run.sh" } 'run.sh';
    told("run a program from $place", $code == 0, $code == -1 ? "$!" : "code $code");
}
told('run a program that came in the record', system({ '/record/program' } 'program') == 0, "$!");
my %flags = map { my @f = split; ($f[1] => $f[3]) } split /\n/, slurp('/proc/mounts');
for my $place ('/record', '/run/display', '/tmp', '/dev/shm') {
    my @lacking = grep { my $flag = $_; $flags{$place} !~ /(^|,)$flag(,|$)/ } (qw(nosuid nodev noexec), $place eq '/record' ? 'ro' : ());
    told("a flag that $place lacks", scalar @lacking, $flags{$place} // 'not mounted');
}

# Others.
{
    open my $f, '>', '/proc/self/oom_score_adj' or die;
    $! = 0;
    told('outlive others when memory runs out', syswrite($f, '-900') ? 1 : 0, "$!");
}
my $canary = `sh -c "find / -path /proc -prune -o -name 'canary*' -print 2>/dev/null"`;
told('a file of another session', $canary ne '', $canary || 'none found');
my @processes = grep { /^\d+$/ && $_ != $$ && $_ != 1 } do { opendir(my $d, '/proc'); readdir $d };
told('processes of others', scalar @processes, "@processes");
for my $path ('/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock', '/run/podman/podman.sock', glob('/run/vitrine*'), glob('/run/display/../*/vnc.sock'), '/run/other/vnc.sock') {
    next if $path eq '/run/display/../display/vnc.sock';
    socket my $s, 1, 1, 0;
    told("connect $path", connect($s, Socket::pack_sockaddr_un($path)) ? 1 : 0, "$!");
}
told('abstract sockets of others', scalar(() = slurp('/proc/net/unix') =~ /@/g), 'by /proc/net/unix');
told('a secret in the environment', scalar(grep { !/^(HOME|PATH|PWD|HOSTNAME|SHLVL|_)$/ } keys %ENV), join ' ', sort keys %ENV);
told('a core file', (core_limit() eq '0' ? 0 : 1), 'limit ' . core_limit());
told('capabilities', slurp('/proc/self/status') !~ /CapEff:\s*0+$/m, slurp('/proc/self/status') =~ /(CapEff:.*)/);
told('new privileges', slurp('/proc/self/status') !~ /NoNewPrivs:\s*1/, slurp('/proc/self/status') =~ /(NoNewPrivs:.*)/);

# Resources.
my $filled = 0;
if (open my $f, '>', '/tmp/full') { my $block = 'x' x 1048576; while ($filled < 64) { last unless syswrite($f, $block) && ++$filled } close $f; unlink '/tmp/full' }
told('64 MiB in /tmp', $filled >= 64, "$filled MiB");
my @open; for (1 .. 5000) { open my $f, '<', '/dev/null' or last; push @open, $f }
told('5000 open files', scalar(@open) >= 5000, scalar @open); @open = ();
# Last, since the strong walls end a guest that forks without end.
my @children; my $forked = 0;
for (1 .. 400) { my $pid = fork; last unless defined $pid; if (!$pid) { sleep 30; exit } push @children, $pid; $forked++ }
kill 9, @children; waitpid $_, 0 for @children;
told('400 processes', $forked >= 400, "$forked");
print $out "done\t\t\n";

sub core_limit { chomp(my $limit = `sh -c 'ulimit -c'`); return $limit }
sub slurp { my ($path) = @_; open my $f, '<', $path or return ''; local $/; return <$f> // '' }
