<?php
// Prints users as `wp user list` and MySQL's client do, with hashes by WordPress's own class and by PHP.
[, $phpass, $exports] = $argv;
require $phpass;
$password = getenv('PASSWORD');
$old = new PasswordHash(8, true);
// wp_hash_password() of WordPress 6.8.
$new = fn($password) => '$wp' . password_hash(
    base64_encode(hash_hmac('sha384', trim($password), 'wp-sha384', true)), PASSWORD_BCRYPT);
$names = ['ID', 'user_login', 'user_email', 'user_pass', 'display_name', 'user_registered', 'roles'];
$users = [
    [1, 'admin', 'admin@example.test', $new($password), 'The "admin", Ann', '2019-07-31 08:15:00', 'administrator'],
    [2, 'bob', 'bob@example.test', $old->HashPassword($password), "Bob\\Bü", '2020-02-29 00:00:00', 'editor,author'],
    [3, 'cy', 'cy@example.test', password_hash($password, PASSWORD_BCRYPT), 'cy', '0000-00-00 00:00:00', ''],
    [4, 'di', 'di@example.test', md5($password), 'di', '2004-01-01 00:00:00', 'subscriber'],
];
file_put_contents(
    "$exports/wordpress.json",
    json_encode(array_map(fn($user) => array_combine($names, $user), $users)) . "\n");
$csv = fopen("$exports/wordpress.csv", 'w');
foreach ([$names, ...$users] as $row) fputcsv($csv, $row, ',', '"', '\\');
$tabs = '';
foreach ([$names, ...$users] as $row) {
    $tabs .= implode("\t", array_map(fn($field) => addcslashes($field, "\\\t\n"), $row)) . "\n";
}
file_put_contents("$exports/wordpress.tsv", $tabs);
