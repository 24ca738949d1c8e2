# PID 1 of a guest that is a virtual machine: runs QEMU with the arguments that it gets. SIGTERM presses the machine's
# power button, again every second, since a system that still boots does not feel it. Ends with QEMU's code.
use strict;
use warnings;
use IO::Handle;

# Where QEMU keeps what a machine writes to its disk, in memory; it would not take /tmp itself.
mkdir $ENV{TMPDIR} = '/tmp/overlay';
# QEMU listens to us alone: what it would answer is not needed, so nothing but this pipe is ever opened for it.
pipe(my $theirs, my $orders) or die "pipe: $!";
my $qemu = fork // die "fork: $!";
if ($qemu == 0) {
    open STDIN, '<&', $theirs or die;
    open STDOUT, '>', '/dev/null' or die;
    close $orders;
    exec 'qemu-system-x86_64', @ARGV or exit 127;
}
close $theirs;
$orders->autoflush;
sub order { print $orders qq({"execute":"$_[0]"}\n) }
sub press { order('system_powerdown'); alarm 1 }
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = $SIG{ALRM} = \&press;
order('qmp_capabilities');
until (waitpid($qemu, 0) == $qemu) { }

exit 128 + ($? & 127) if $? & 127;
my $code = $? >> 8;
# A system tells its own code by the device isa-debug-exit, which makes 2n + 1 of n. 1 is a failure of QEMU itself.
exit($code > 1 && $code % 2 ? ($code - 1) / 2 : $code);
