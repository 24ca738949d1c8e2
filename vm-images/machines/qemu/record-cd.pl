# The record as a CD in the drive of a machine that has no other way to see it: ISO 9660 with short names, and with long
# ones for Windows (Joliet) and Unix (Rock Ridge). Made in memory when the record is complete, and put in while the
# system runs. Also says how far things are, since the system does not know us: `showing` once the CD was read and the
# screen has come to rest.
package RecordCd;
use strict;
use warnings;
use Fcntl;
use POSIX ':sys_wait_h';

my $RECORD = '/shares/read/record';
my $STATUS = '/shares/write/run/display/status';
my $CD = '/tmp/record.iso';
my $SCREEN = '/tmp/screen.ppm';
# Looks at the screen, a second apart, between which nothing but a cursor changed.
my $AT_REST = 3;
# An answer is a few hundred bytes long.
my $LONGEST_ANSWER = 65_536;

# `order` gives QEMU an order, `answers` is where it answers, `most_mib` the most that the CD may take.
sub new {
    my ($class, %given) = @_;
    fcntl $given{answers}, F_SETFL, O_NONBLOCK or die "fcntl: $!";
    my $self = bless {%given, step => 'waiting', said => '', answer => {}, looked => 0, rest => 0, screen => ''}, $class;
    $self->say('waiting');
    return $self;
}

# Does what can be done now, and never waits. To be called again and again.
sub go_on {
    my $self = shift;
    $self->read_answers;
    my $step = $self->{step};
    $self->$step;
}

sub waiting {
    my $self = shift;
    return if !-e "$RECORD/open.json";
    $self->say('opening');
    my $blocks = $self->{most_mib} * 2048;
    $self->{maker} = fork // die "fork: $!";
    if ($self->{maker} == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        # What becomes too large is cut off by the kernel, before it fills the memory.
        exec 'sh', '-c', "ulimit -f $blocks; exec genisoimage -quiet -iso-level 1 -J -r -V RECORD -o $CD $RECORD" or exit 127;
    }
    $self->{step} = 'making';
}

sub making {
    my $self = shift;
    return if waitpid($self->{maker}, WNOHANG) != $self->{maker};
    return $self->refuse if $? != 0;
    my $medium = qq("filename":"$CD","format":"raw","read-only-mode":"read-only");
    $self->ask(insert => 'blockdev-change-medium', qq({"id":"drive",$medium,"force":true}));
    $self->{step} = 'inserting';
}

sub inserting {
    my $self = shift;
    my $answer = $self->answer('insert') // return;
    return $self->refuse if $answer =~ /"error"/;
    $self->{step} = 'looking';
}

# Asks for the screen and for what was read of the CD, and compares when both are known.
sub looking {
    my $self = shift;
    if (my $read = $self->answer('read')) {
        $self->answer('screen');
        my $before = $self->{screen};
        $self->{screen} = take($SCREEN);
        my $same = $self->{screen} ne '' && length $self->{screen} == length $before
            && 1000 * (($self->{screen} ^ $before) =~ tr/\0//c) < length $before;
        $self->{rest} = $same && $read =~ /cd: rd_bytes=[1-9]/ ? $self->{rest} + 1 : 0;
        if ($self->{rest} >= $AT_REST) { $self->say('showing'); $self->{step} = 'over' }
        $self->{asked} = 0;
    } elsif (!$self->{asked} && time > $self->{looked}) {
        ($self->{looked}, $self->{asked}) = (time, 1);
        $self->ask(screen => 'screendump', qq({"filename":"$SCREEN"}));
        $self->ask(read => 'human-monitor-command', '{"command-line":"info blockstats"}');
    }
}

sub over { }

sub refuse {
    my $self = shift;
    unlink $CD;
    $self->say('refused');
    $self->{step} = 'over';
}

sub ask {
    my ($self, $id, $what, $arguments) = @_;
    $self->{order}->($what, qq(,"arguments":$arguments,"id":"$id"));
}

# Once: what was answered to the question of this name, or undef.
sub answer { my ($self, $id) = @_; return delete $self->{answer}{$id} }

sub read_answers {
    my $self = shift;
    while (sysread $self->{answers}, my $part, 8192) {
        $self->{said} .= $part;
        while ($self->{said} =~ s/^([^\n]*)\n//) {
            my $line = $1;
            $self->{answer}{$1} = $line if $line =~ /"id": "(\w+)"/;
        }
        $self->{said} = '' if length $self->{said} > $LONGEST_ANSWER;
    }
}

# What a small file of QEMU's holds, which is gone then.
sub take {
    my $path = shift;
    open my $file, '<:raw', $path or return '';
    local $/;
    my $content = <$file> // '';
    unlink $path;
    return $content;
}

# Replaced by a rename, so that nobody reads half a word.
sub say {
    my ($self, $word) = @_;
    open my $file, '>', "$STATUS.new" or return;
    print $file $word;
    close $file;
    rename "$STATUS.new", $STATUS;
}

1;
