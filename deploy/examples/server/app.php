<?php // A web application whose people register, log in and log out through Postern: php -S localhost:3001 app.php
const FORM = '<form method=post><input name=email><input name=password type=password>'
    . '<button formaction=/login>Log in</button><button formaction=/register>Register</button></form>';

function ask(string $method, string $path, string $bearer, ?array $body = null): array
{
    $header = ["Authorization: Bearer $bearer", 'Content-Type: application/json',
        "X-Client-Address: {$_SERVER['REMOTE_ADDR']}"]; // behind a proxy: the address that the proxy reports
    $http = ['method' => $method, 'header' => $header, 'timeout' => 40, 'ignore_errors' => true];
    $tls = array_filter(['cafile' => getenv('CA_CERTIFICATE')]); // for a certificate that no browser knows
    $context = stream_context_create(['http' => $http + ['content' => $body ? json_encode($body) : ''], 'ssl' => $tls]);
    $answer = @file_get_contents('https://' . getenv('BASE_URL') . "/api/v1/auth/$path", false, $context);
    $fields = [];
    foreach (array_slice($http_response_header ?? [], 1) as $line) {
        [$name, $value] = explode(':', $line, 2);
        $fields[strtolower($name)] = trim($value);
    }
    $status = (int) explode(' ', $http_response_header[0] ?? 'HTTP/1.1 503')[1];
    return [$status, $fields, json_decode($answer ?: 'null', true)];
}

function page(int $status, string $body, string ...$fields): never
{
    http_response_code($status);
    array_map(header(...), $fields);
    exit($body);
}

$session = $_COOKIE['__Host-postern_session'] ?? '';
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    [$status, $caller] = ask('GET', 'verify', $session);
    if ($status === 204) {
        $email = htmlspecialchars($caller['x-auth-email']);
        page(200, "Hello, $email. <form method=post action=/logout><button>Log out");
    }
    $status < 500 ? page(401, FORM) : page(503, 'Try again later.');
}
if (($_SERVER['HTTP_SEC_FETCH_SITE'] ?? 'same-origin') !== 'same-origin') { // a form of another site
    page(403, '');
}
$body = ['email' => $_POST['email'] ?? '', 'password' => $_POST['password'] ?? ''];
[$status, $fields, $answer] = match ($_SERVER['REQUEST_URI']) {
    '/logout' => ask('POST', 'logout', $session),
    '/login', '/register' => ask('POST', substr($_SERVER['REQUEST_URI'], 1), getenv('API_TOKEN'), $body),
};
if ($status === 200) { // Postern's cookie goes to the browser as it is
    page(303, '', 'Location: /', ...isset($fields['set-cookie']) ? ["Set-Cookie: {$fields['set-cookie']}"] : []);
}
$faults = array_column($answer['errors'] ?? [$answer], 'detail');
page($status, '<p>' . implode('<p>', array_map(htmlspecialchars(...), $faults)) . FORM);
