// The session of a page that Postern protects. The browser sends the cookie by itself, since all of this has one origin;
// no script can read it.
const session = {
    // Asks the application. Where the session has ended meanwhile, the person logs in and comes back to this page.
    async fetch(resource, options) {
        const answer = await fetch(resource, options);
        if (answer.status === 401) {
            session.logIn();
            await new Promise(() => {});  // the page is being left
        }
        return answer;
    },

    // The page to come back to is in the fragment, which no server gets to see.
    logIn() {
        location.assign("/login/#" + location.pathname + location.search);
    },

    async logOut() {
        await fetch("/api/v1/auth/logout", { method: "POST" });
        location.assign("/login/");
    },
};

for (const button of document.querySelectorAll("[data-log-out]")) {
    button.addEventListener("click", session.logOut);
}
