// What the form of a result does beyond plain HTML: counts bytes, says how a date is understood, completes institutions.
// The server checks everything again, so the form is complete without this file.
"use strict";

// The national limits count CP932: one byte for ASCII and half-width kana, two for anything else.
function bytesUsed(text) {
  let used = 0;
  for (const character of text.replace(/\r\n/g, "\n")) {
    const code = character.codePointAt(0);
    used += code < 0x80 || (code >= 0xff61 && code <= 0xff9f) ? 1 : 2;
  }
  return used;
}

function countBytes(counter) {
  const used = bytesUsed(document.getElementById(counter.dataset.bytesOf).value);
  counter.querySelector("[data-used]").textContent = String(used);
  counter.classList.toggle("is-over", used > Number(counter.dataset.limit));
}

function offer(list, pairs) {
  if (!list) return;
  list.replaceChildren(...pairs.map(([value, label]) => {
    const option = document.createElement("option");
    option.value = value;
    option.textContent = label;
    return option;
  }));
}

async function readDate(input) {
  const form = input.form;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.set("date", input.value);
  const answer = await fetch(form.dataset.dateAddress, { method: "POST", body, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const read = await answer.json();
  const echo = document.getElementById(`${input.name}-echo`);
  if (read.text) echo.textContent = read.text;
  if (input.name !== "examined_date") return;
  offer(document.getElementById("facility-numbers"), read.facilities);
  offer(document.getElementById("facility-names"), read.facilities.map(([number, name]) => [name, number]));
}

// Choosing a number or a name fills the other one in, if it is still empty.
function completeInstitution(input) {
  const other = input.form.elements[input.name === "facility_number" ? "facility_name" : "facility_number"];
  const options = [...input.list.options].filter((option) => option.value === input.value);
  if (options.length === 1 && !other.value) {
    other.value = options[0].textContent;
    other.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

document.addEventListener("input", (event) => {
  const counter = document.querySelector(`[data-bytes-of="${CSS.escape(event.target.id)}"]`);
  if (counter) countBytes(counter);
});

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches("[data-date]")) readDate(input);
  if (input.list) completeInstitution(input);
});
