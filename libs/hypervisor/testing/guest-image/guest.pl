# What a guest can do, one word each: see the contract suite.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($act, @words) = @ARGV;
my %acts = (
    display => sub { $SIG{TERM} = sub { exit 0 }; display($words[0]) },
    mute    => sub { listen_at($words[0]); sleep 1000 },
    sleep   => sub { $SIG{TERM} = sub { exit 0 }; sleep 1000 },
    stubborn => sub { $SIG{TERM} = 'IGNORE'; display($words[0]) if @words; sleep 1 while 1 },
    exit    => sub { exit $words[0] },
    results => \&results,
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

sub write_file {
    my ($name, $content) = @_;
    open my $file, '>', $name or die "$name: $!";
    print $file $content;
    close $file;
}
