# view.pl FOLDER... -- KEPT... -- HIDDEN... -- COMMAND...
#
# Runs COMMAND where the host is read-only: FOLDER (the machine's own, the first one) stays
# writable, its tmp is /tmp; KEPT folders below /tmp stay visible, HIDDEN sockets answer nobody.
# It runs in a mount namespace that `unshare --mount` has just made, so that nothing it does is
# seen outside. Perl's builtins start in 2 ms where Python takes 20, and perl-base is essential on
# Debian and Ubuntu. These system calls have the same number on every architecture (Linux 5.12).
use strict;
use warnings;

my ($OPEN_TREE, $MOVE_MOUNT, $FSOPEN, $FSCONFIG, $FSMOUNT, $SETATTR) = (428 .. 432, 442);
my ($HERE, $RECURSIVE, $CLONE, $FROM_DESCRIPTOR, $CREATE) = (-100, 0x8000, 1, 4, 6);
my $READ_ONLY = 1;

# Perl hands strings to the kernel as they lie in memory, and only writable ones.
sub call {
    my ($what, @arguments) = @_;
    my $result = syscall($arguments[0], @arguments[1 .. $#arguments]);
    die "view: $what: $!\n" if $result < 0;
    return $result;
}

sub clone { call("clone $_[0]", $OPEN_TREE, $HERE, $_[0], $CLONE | $_[1]) }
sub place { call("mount $_[1]", $MOVE_MOUNT, $_[0], "", $HERE, $_[1], $FROM_DESCRIPTOR) }

sub set_attributes {
    my ($path, $flags, $set, $clear) = @_;
    my $attributes = pack("Q4", $set, $clear, 0, 0);
    call("attributes of $path", $SETATTR, $HERE, $path, $flags, $attributes, 32);
}

sub memory_folder {
    my $context = call("tmpfs", $FSOPEN, "tmpfs", 0);
    call("tmpfs", $FSCONFIG, $context, $CREATE, 0, 0, 0);
    return call("tmpfs", $FSMOUNT, $context, 0, 0);
}

sub make_folder {
    my $path = "";
    for my $part (grep { length } split m{/}, $_[0]) { $path .= "/$part"; mkdir $path, 0700 }
}

sub words {
    my @taken;
    while (defined(my $word = shift @ARGV)) { last if $word eq "--"; push @taken, $word }
    return @taken;
}

my $cwd = readlink "/proc/self/cwd";
my @own = words();
my @kept = words();
my @hidden = words();
my $machine = $own[0];

# Everything is taken hold of before /tmp is covered: any of it may lie below.
my %trees = map { $_ => clone($_, $RECURSIVE) } @own, @kept;
my @tmp = grep { -d } "/tmp", "/var/tmp";
my %covers = map { $_ => clone("$machine/tmp", 0) } @tmp;
place($covers{$_}, $_) for @tmp;
for my $path (sort keys %trees) { make_folder($path) unless -d $path; place($trees{$path}, $path) }
if (-d "/dev/shm") { place(memory_folder(), "/dev/shm"); push @tmp, "/dev/shm" }
place(clone("/dev/null", 0), $_) for grep { -e } @hidden;
# A process writes to its own files in /proc; what steers the kernel is kept from it.
place(clone($_, 0), $_) for grep { -e } "/proc/sys", "/proc/sysrq-trigger";
set_attributes("/", $RECURSIVE, $READ_ONLY, 0);
set_attributes($_, 0, 0, $READ_ONLY) for @own, @tmp, "/proc";
chdir $cwd or chdir "/";
exec { $ARGV[0] } @ARGV or do { print STDERR "view: $ARGV[0]: $!\n"; exit 127 };
