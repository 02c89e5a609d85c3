// The login form: it sends JSON, gets the session cookie, and goes to the page that asked for the login.
const form = document.querySelector("form");

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

form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const alert = form.querySelector("[role=alert]");
    const button = form.querySelector("button");
    button.disabled = true;
    alert.textContent = "";
    try {
        const answer = await fetch("/api/v1/auth/login", {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(Object.fromEntries(new FormData(form))),
        });
        if (answer.ok) return location.replace(pageToReturnTo());
        const problem = await answer.json();
        const wait = answer.headers.get("Retry-After");
        alert.textContent = problem.detail + (wait ? ` Try again in ${wait} seconds.` : "");
    } catch {
        alert.textContent = "The server does not answer. Try again later.";
    } finally {
        button.disabled = false;
    }
});
