// The session of a page that Postern protects. The browser sends the cookie by itself, since all of this has one origin;
// no script can read it.
const session = {
    // Asks the application. Where the session has ended meanwhile, the person logs in and comes back to this page; where it
    // goes on, but more must be proved or the login is too long ago (RFC 9470), the person confirms it.
    async fetch(resource, options) {
        const answer = await fetch(resource, options);
        if (answer.status === 401) {
            const challenge = answer.headers.get("WWW-Authenticate") ?? "";
            session.leaveFor(challenge.includes("insufficient_user_authentication") ? "/login/?confirm" : "/login/");
            await new Promise(() => {});  // the page is being left
        }
        return answer;
    },

    // The page to come back to is in the fragment, which no server gets to see.
    leaveFor(form) {
        location.assign(form + "#" + location.pathname + location.search);
    },

    async logOut() {
        await fetch("/api/v1/auth/logout", { method: "POST" });
        location.assign("/login/");
    },
};

for (const button of document.querySelectorAll("[data-log-out]")) {
    button.addEventListener("click", session.logOut);
}
