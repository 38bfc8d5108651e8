// What pages do beyond plain HTML. Every page works without it.
"use strict";

// After a form was refused, the summary of what is wrong is read out first.
document.addEventListener("DOMContentLoaded", () => {
  const first = document.querySelector("[data-focus-first]");
  if (first) first.focus();
});

// On a narrow screen the sash begins with this year, which is what is asked about.
document.addEventListener("DOMContentLoaded", () => {
  for (const sash of document.querySelectorAll(".sash")) {
    sash.parentElement.scrollLeft = sash.parentElement.scrollWidth;
  }
});

// A button that was pressed once stays pressed: a second click must not ask twice. A form that gives a file leaves its
// page as it is, and its file may be wanted again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("givesFile" in form.dataset) return;
  if (form.dataset.sent === "yes") {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // A file leaves the page as it is: a little later another one may be asked for.
  if ("download" in form.dataset) setTimeout(() => delete form.dataset.sent, 3000);
});

// Coming back with the browser's own button makes the form usable again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("htmx:after:request", (event) => {
  const form = event.target.closest ? event.target.closest("form[data-sent]") : null;
  if (form) delete form.dataset.sent;
});

// Once the session is over by idleness, what the page shows of anybody goes from the screen as well. Pages opened in
// another window keep the session, so they are heard of.
document.addEventListener("DOMContentLoaded", () => {
  const { idleMinutes, logIn } = document.body.dataset;
  if (!idleMinutes) return;
  const heard = new BroadcastChannel("tasuki-session");
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => location.replace(logIn), (Number(idleMinutes) * 60 + 5) * 1000);
  };
  heard.addEventListener("message", wait);
  heard.postMessage("opened");
  wait();
});

// The print button exists only where it can work.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
