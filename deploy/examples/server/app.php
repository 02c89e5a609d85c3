<?php // A web application whose people register, log in and log out through Postern: php -S localhost:3001 app.php
const FORM = '<form method=post><input name=email><input name=password type=password>'
    . '<input name=code placeholder="code, with a second factor">'
    . '<button formaction=/login>Log in</button><button formaction=/register>Register</button></form>';

function ask(string $method, string $path, ?array $body = null): array
{
    $bearer = $body ? getenv('API_TOKEN') : $_COOKIE['__Host-postern_session'] ?? ''; // program or person
    $header = ["Authorization: Bearer $bearer", 'Content-Type: application/json',
        "X-Client-Address: {$_SERVER['REMOTE_ADDR']}"]; // behind a proxy: the address that the proxy reports
    $http = ['method' => $method, 'header' => $header, 'timeout' => 40, 'ignore_errors' => true];
    $tls = array_filter(['cafile' => getenv('CA_CERTIFICATE')]); // for a certificate that no browser knows
    $context = stream_context_create(['http' => $http + ['content' => $body ? json_encode($body) : ''], 'ssl' => $tls]);
    $answer = @file_get_contents('https://' . getenv('BASE_URL') . "/api/v1/auth/$path", false, $context);
    $lines = $http_response_header ?? ['HTTP/1.1 503'];
    preg_match_all('/^([^:\s]+): *(.*)$/m', implode("\n", $lines), $fields);
    $fields = array_combine(array_map(strtolower(...), $fields[1]), $fields[2]);
    return [(int) explode(' ', $lines[0])[1], $fields, json_decode($answer ?: 'null', true)];
}

function page(int $status, string $body, array $fields = []): never
{
    http_response_code($status);
    array_map(header(...), $fields);
    exit($body);
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    [$status, $who] = ask('GET', 'verify');
    $hi = 'Hello, ' . htmlspecialchars($who['x-auth-email'] ?? '') . '. <form method=post action=/logout><button>Log out';
    page(...[204 => [200, $hi], 401 => [401, FORM]][$status] ?? [503, 'Try again later.']);
}
($_SERVER['HTTP_SEC_FETCH_SITE'] ?? 'same-origin') === 'same-origin' || page(403, ''); // a form of another site
$person = ['email' => $_POST['email'] ?? '', 'password' => $_POST['password'] ?? '']
    + array_filter(['code' => $_POST['code'] ?? '']); // of a second factor
$bodies = ['/login' => $person, '/register' => $person, '/logout' => null];
array_key_exists($_SERVER['REQUEST_URI'], $bodies) || page(404, '');
[$status, $fields, $answer] = ask('POST', substr($_SERVER['REQUEST_URI'], 1), $bodies[$_SERVER['REQUEST_URI']]);
$cookie = isset($fields['set-cookie']) ? ["Set-Cookie: {$fields['set-cookie']}"] : []; // Postern's, as it is
$status !== 200 || page(303, '', ['Location: /', ...$cookie]);
$faults = array_column($answer['errors'] ?? [$answer], 'detail');
page($status, '<p>' . implode('<p>', array_map(htmlspecialchars(...), $faults)) . FORM);
