// The login form: it sends JSON, gets the session cookie, and goes to the page that asked for the login. An account with a
// second factor is asked for a code or a passkey. As /login/?confirm it asks whoever is logged in to prove who they are.
const form = document.querySelector("form");
const alert = form.querySelector("[role=alert]");
const [submit, passkey] = form.querySelectorAll("button");
const confirms = location.search === "?confirm";
let loginToken;

// Never to another site, whatever the link to this page says.
function pageToReturnTo() {
    const first = new URL("/reports/", location.origin);
    try {
        const page = new URL(location.hash.slice(1) || first, location.origin);
        return page.origin === location.origin ? page : first;
    } catch {
        return first;
    }
}

// Shows some of the fields; the others are neither required nor sent.
function show(names, hasPasskey = false) {
    for (const input of form.querySelectorAll("input")) {
        input.disabled = !names.includes(input.name);
        input.closest("p").hidden = input.disabled;
    }
    passkey.parentElement.hidden = !hasPasskey;
    form.elements[names.at(-1)].focus();
}

function post(path, body) {
    return fetch("/api/v1" + path, {
        method: "POST",
        headers: body ? { "Content-Type": "application/json" } : {},
        body: body && JSON.stringify(body),
    });
}

// Sends what proves the person: the right answer leads back, any other one is told.
async function attempt(send) {
    submit.disabled = passkey.disabled = true;
    alert.textContent = "";
    try {
        const answer = await send();
        if (answer.ok) return location.replace(pageToReturnTo());
        const problem = await answer.json();
        if (problem.code === "second_factor_required") {
            loginToken = problem.login_token;
            show(["email", "password", "code"], problem.methods.includes("passkey"));
        }
        if (problem.code === "login_expired") show(["email", "password"]);
        if (problem.code === "invalid_token") return location.replace("/login/" + location.hash);
        const wait = answer.headers.get("Retry-After");
        alert.textContent = problem.detail + (wait ? ` Try again in ${wait} seconds.` : "");
    } catch (error) {
        alert.textContent = error.name === "NotAllowedError"
            ? "The browser has found no passkey, or was not allowed to use it."
            : "The server does not answer. Try again later.";
    } finally {
        submit.disabled = passkey.disabled = false;
    }
}

// A generator has six digits; a recovery code is longer.
function confirmingMethod({ code }) {
    return code === undefined ? "password" : /^\d{6}$/.test(code) ? "totp" : "recovery_code";
}

form.addEventListener("submit", (event) => {
    event.preventDefault();
    const entered = Object.fromEntries(new FormData(form));
    attempt(() => confirms
        ? post("/auth/confirm", { method: confirmingMethod(entered), ...entered })
        : post("/auth/login", entered));
});

passkey.addEventListener("click", () => attempt(async () => {
    const [path, login] = confirms ? ["/auth/confirm"] : ["/auth/login/second-factor", { login_token: loginToken }];
    const options = await post(path + "/options", login);
    if (!options.ok) return options;
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await options.json());
    const credential = await navigator.credentials.get({ publicKey });
    return post(path, { ...login, method: "passkey", credential: credential.toJSON() });
}));

// Whoever has a second factor confirms by that, and everybody else by the password.
async function askToConfirm() {
    document.title = form.previousElementSibling.textContent = "Confirm that it is you";
    submit.textContent = "Confirm";
    const answer = await fetch("/api/v1/account/factor");
    if (answer.status === 401) return location.replace("/login/" + location.hash);
    const { factors = [] } = await answer.json();
    show([factors.length ? "code" : "password"], factors.some((factor) => factor.type !== "totp"));
}

if (confirms) askToConfirm();
