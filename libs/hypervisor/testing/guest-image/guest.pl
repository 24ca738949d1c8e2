# What a guest can do, one word each: see the contract suite.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($act, @words) = @ARGV;
my %acts = (
    display => sub { $SIG{TERM} = sub { exit 0 }; display($words[0]) },
    show    => sub { write_file('/run/display/status', 'showing'); display('/run/display/vnc.sock') },
    mute    => sub { listen_at($words[0]); sleep 1000 },
    sleep   => sub { $SIG{TERM} = sub { exit 0 }; sleep 1000 },
    stubborn => sub { $SIG{TERM} = 'IGNORE'; display($words[0]) if @words; sleep 1 while 1 },
    exit    => sub { exit $words[0] },
    results => \&results,
    save    => \&save,
    shell   => sub { exec 'sh', '-c', $words[0] or die },
    perl    => sub { exec 'perl', '-e', $words[0] or die },
    hostile => sub { exec 'perl', '/opt/hostile.pl', @words or die },
);
($acts{$act} or die "unknown act\n")->();

sub listen_at {
    my $path = shift;
    unlink $path;
    return IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path, Listen => 8) || die "listen: $!";
}

sub display {
    my $server = listen_at(shift);
    while (1) {
        my $client = $server->accept or next;
        print $client "RFB 003.008\n";
        close $client;
    }
}

# One good file among everything that must be left behind.
sub results {
    chdir '/output' or die;
    write_file('thumbnail.ppm', "P6 1 1 255\n\0\0\0");
    write_file('thumbnail.exe', 'no');
    write_file('big.ppm', 'x' x 100_000);
    symlink '/etc/shadow', 'link.ppm';
    system 'mkfifo', 'pipe.ppm';
    mkdir 'folder.ppm';
    write_file('two.ppm', 'two names');
    link 'two.ppm', 'other.ppm';
    open my $sparse, '>', 'sparse.ppm';
    truncate $sparse, 20 * 1024**3;
}

# The same in the folder of a viewer: one good file, traps, a program, too much and too many. Says what it was let do.
sub save {
    chdir '/results' or die;
    write_file('report.pdf', "%PDF-1.4\n");
    symlink '/etc/shadow', 'shadow.pdf';
    symlink '/results', 'again.pdf';
    system 'mkfifo', 'pipe.pdf';
    mkdir 'folder.pdf';
    write_file('two.pdf', 'two names');
    link 'two.pdf', 'other.pdf';
    IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => 'socket.pdf', Listen => 1);
    open my $sparse, '>', 'sparse.pdf';
    truncate $sparse, 20 * 1024**3;
    write_file($_, 'no') for '.hidden.pdf', '-rf.pdf', 'cmd.csv', "line\nbreak.pdf", "back\\slash.pdf", 'a.pdf.exe', 'report';
    write_file('run.txt', "#!/bin/sh\nexit 0\n");
    chmod 0755, 'run.txt';
    my $ran = system({ './run.txt' } 'run.txt') == 0 ? 1 : 0;
    unlink 'run.txt';
    my ($written, $block) = (0, 'x' x 1024**2);
    open my $fill, '>', 'fill.bin';
    while ($written < 200 && (syswrite($fill, $block) // 0) == length $block) { $written++ }
    close $fill;
    unlink 'fill.bin';
    my $made = 0;
    while ($made < 1000 && open my $one, '>', "many-$made.exe") { $made++ }
    write_file('/run/display/said', "ran $ran, wrote $written MiB, made $made files");
    display('/run/display/vnc.sock');
}

sub write_file {
    my ($name, $content) = @_;
    open my $file, '>', $name or die "$name: $!";
    print $file $content;
    close $file;
}
