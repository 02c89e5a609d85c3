<?php
// Hashes of PHP itself and of WordPress's own functions, a line of JSON each. Run by `make`.

$passwords = ['correct horse battery staple', "p\u{e4}ssw\u{f6}rd \u{2713}", str_repeat('0123456789', 9)];
$tree = $argv[1];

// What these two files ask of the rest of WordPress: filters, of which one makes bcrypt cheap.
function apply_filters($name, $value, ...$more) {
    return $name === 'wp_hash_password_options' ? ['cost' => 5] : $value;
}

require "$tree/version.php";
require "$tree/class-phpass.php";
require "$tree/pluggable.php";

function write($by, $password, $hash) {
    $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR;
    echo json_encode(['by' => $by, 'password' => $password, 'hash' => $hash], $flags), "\n";
}

foreach ($passwords as $password) {
    write("WordPress $wp_version, wp_hash_password", $password, wp_hash_password($password));
    // As WordPress made them before 6.8: 8 stands for 2^13 rounds.
    write("WordPress $wp_version, PasswordHash(8, true)", $password, (new PasswordHash(8, true))->HashPassword($password));
    write('PHP ' . PHP_VERSION . ', password_hash', $password, password_hash($password, PASSWORD_BCRYPT, ['cost' => 5]));
}
write("WordPress $wp_version, PasswordHash(5, true)", $passwords[0], (new PasswordHash(5, true))->HashPassword($passwords[0]));
if (defined('PASSWORD_ARGON2ID')) {
    $costs = ['memory_cost' => 1024, 'time_cost' => 3, 'threads' => 1];
    write('PHP ' . PHP_VERSION . ', password_hash', $passwords[1], password_hash($passwords[1], PASSWORD_ARGON2ID, $costs));
}
