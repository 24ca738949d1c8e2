# PID 1 of a guest that is a virtual machine: runs QEMU with the arguments that it gets. SIGTERM presses the machine's
# power button, again every second, since a system that still boots does not feel it. Ends with QEMU's code.
# With `--record-as-cd <MiB>` before QEMU's own arguments the record is put into the machine's drive as well: record-cd.pl.
use strict;
use warnings;
use IO::Handle;
use POSIX ':sys_wait_h';

my $most_mib = @ARGV && $ARGV[0] eq '--record-as-cd' ? (splice @ARGV, 0, 2)[1] : undef;
# Where QEMU keeps what a machine writes to its disk, in memory; it would not take /tmp itself.
mkdir $ENV{TMPDIR} = '/tmp/overlay';
# QEMU listens to us alone: nothing but this pipe is ever opened for it. What it answers is read for the CD only.
pipe(my $theirs, my $orders) or die "pipe: $!";
pipe(my $answers, my $said) or die "pipe: $!";
my $qemu = fork // die "fork: $!";
if ($qemu == 0) {
    open STDIN, '<&', $theirs or die;
    open STDOUT, '>&', $said or die;
    open STDOUT, '>', '/dev/null' or die if !defined $most_mib;
    close $orders;
    exec 'qemu-system-x86_64', @ARGV or exit 127;
}
close $theirs;
close $said;
$orders->autoflush;
sub order { my ($what, $more) = @_; print $orders qq({"execute":"$what") . ($more // '') . "}\n" }
sub press { order('system_powerdown'); alarm 1 }
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = $SIG{ALRM} = \&press;
order('qmp_capabilities');

if (defined $most_mib) {
    require '/opt/record-cd.pl';
    my $cd = RecordCd->new(order => \&order, answers => $answers, most_mib => $most_mib);
    until (waitpid($qemu, WNOHANG) == $qemu) { $cd->go_on; select undef, undef, undef, 0.2 }
} else {
    until (waitpid($qemu, 0) == $qemu) { }
}

exit 128 + ($? & 127) if $? & 127;
my $code = $? >> 8;
# A system tells its own code by the device isa-debug-exit, which makes 2n + 1 of n. 1 is a failure of QEMU itself.
exit($code > 1 && $code % 2 ? ($code - 1) / 2 : $code);
