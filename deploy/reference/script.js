
"use strict";
// Only extras: without this script the page has all of its text.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const nav = document.querySelector("nav");

// The page's own address in the calls.
if (location.protocol.startsWith("http")) {
  all(".origin").forEach((element) => { element.textContent = location.origin; });
}

// Copy buttons.
all(".code").forEach((block) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    const code = block.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.append(button);
  const box = block.querySelector("pre");
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; // so that the keyboard can scroll it
});

// Search: hides every part of the page and every link that lacks one of the words.
const input = document.getElementById("search");
const found = document.getElementById("found");
const texts = "h2, h3, .route, p:not(.errors), dt, dd, li:not(.errors li), th, td";
const parts = all("main > .introduction, #start, #conventions, .operation, tbody tr, #headers, .schema").map((element) => {
  const id = element.id || element.querySelector("[id]")?.id;
  const link = nav.querySelector(`a[href="#${id}"]`);
  return { element, link: link && link.parentElement, id };
});

function search() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const part of parts) {
    if (words.length > 0 && part.text === undefined) {
      const own = part.element.matches("tr") ? [part.element] : all(texts, part.element);
      part.text = [part.id, ...own.map((element) => element.textContent)].join(" ").toLowerCase();
    }
    const fits = words.every((word) => part.text.includes(word));
    part.element.hidden = !fits;
    if (part.link) part.link.hidden = !fits;
    count += fits ? 1 : 0;
  }
  // What has nothing left goes, too.
  for (const chapter of all("main > .group, #errors, #schemas")) {
    chapter.hidden = words.length > 0 && !parts.some((part) => !part.element.hidden && chapter.contains(part.element));
    const link = nav.querySelector(`a[href="#${chapter.id}"]`);
    if (link) link.parentElement.hidden = chapter.hidden;
  }
  all("div:has(> ul)", nav).forEach((group) => { group.hidden = !group.querySelector("li:not([hidden])"); });
  found.textContent = words.length === 0 ? "" : count === 0 ? "Nothing found" : `${count} found`;
  markCurrent();
}

function clear() {
  input.value = "";
  search();
}

document.querySelector(".search").hidden = false;
input.addEventListener("input", search);
input.addEventListener("keydown", (event) => {
  if (event.key === "Escape") clear();
  const first = parts.find((part) => !part.element.hidden);
  if (event.key === "Enter" && input.value.trim() !== "" && first) location.hash = first.id;
});
addEventListener("keydown", (event) => {
  const isTyping = event.target.matches?.("input") || event.ctrlKey || event.metaKey || event.altKey;
  if (event.key !== "/" || isTyping || nav.offsetParent === null && getComputedStyle(nav).display === "none") return;
  event.preventDefault();
  input.focus();
});
addEventListener("hashchange", () => {
  const target = document.getElementById(location.hash.slice(1));
  if (!target || !target.closest("[hidden]")) return;
  clear();
  target.scrollIntoView();
});

// The mark of the section that one reads.
const sections = all("main section[id]").map((element) => ({ element, link: nav.querySelector(`a[href="#${element.id}"]`) }))
  .filter((section) => section.link);
let isWaiting = false;

function markCurrent() {
  isWaiting = false;
  const above = sections.filter(({ element }) => !element.hidden && element.getBoundingClientRect().top < 120);
  const current = above.at(-1)?.link;
  const marked = nav.querySelector("[aria-current]");
  if (current === marked) return;
  marked?.removeAttribute("aria-current");
  if (!current) return;
  current.setAttribute("aria-current", "location");
  const { top, bottom } = current.getBoundingClientRect();
  if (top < 40 || bottom > innerHeight - 40) nav.scrollTop += top - innerHeight / 2;
}

addEventListener("scroll", () => {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(markCurrent);
}, { passive: true });
markCurrent();

// Paper shows everything.
let closed = [];
addEventListener("beforeprint", () => {
  closed = all("details:not([open])");
  closed.forEach((details) => { details.open = true; });
});
addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));
