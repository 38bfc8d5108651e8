// The mapping editor beyond plain forms: items are dragged onto columns, lines are cut by pressing them, and the
// sample is read again after every change. Without this script the same is done with lists, numbers and a button.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const editor = document.querySelector("[data-editor]");
  if (!editor) return;
  editor.classList.add("has-dragging");

  for (const chip of editor.querySelectorAll("[data-field]")) {
    chip.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", chip.dataset.field));
  }
  for (const row of editor.querySelectorAll("[data-drop]")) {
    row.addEventListener("dragover", (event) => {
      event.preventDefault();
      row.classList.add("is-over");
    });
    row.addEventListener("dragleave", () => row.classList.remove("is-over"));
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      row.classList.remove("is-over");
      const list = document.getElementById(row.dataset.drop);
      list.value = event.dataTransfer.getData("text/plain");
      list.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  // Whatever was chosen last is what counts, however the answers overtake each other.
  // How the file is cut changes its columns, and with them the page: that takes the button.
  const cutting = ["cut", "header", "widths", "names"];
  let asked = 0;
  editor.addEventListener("change", async (event) => {
    if (cutting.includes(event.target.name)) return;
    const own = ++asked;
    const said = new FormData(editor);
    for (const name of cutting) said.delete(name);
    const answer = await fetch(location.pathname, {
      method: "POST",
      headers: { "HX-Request": "true" },
      body: said,
    });
    if (answer.ok && own === asked) {
      const part = document.getElementById("checked");
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("checked");
      if (fresh) part.replaceWith(fresh);
    }
  });

  const raw = editor.querySelector("[data-cutter]");
  if (raw) makeCutter(raw, document.getElementById(raw.dataset.cutter));
});

// A character outside ASCII and half-width kana takes two bytes in CP932; other encodings count characters.
function widthOf(char, encoding) {
  if (encoding !== "CP932") return 1;
  const code = char.codePointAt(0);
  return code < 0x80 || (code >= 0xff61 && code <= 0xff9f) ? 1 : 2;
}

function makeCutter(raw, input) {
  const cuts = new Set();
  let place = 0;
  for (const width of input.value.split(",").map(Number)) cuts.add((place += width));
  const length = place;
  const show = () => {
    for (const cell of raw.querySelectorAll("[data-place]")) {
      cell.classList.toggle("is-cut", cuts.has(Number(cell.dataset.place)));
    }
    const ends = [...cuts].filter((end) => end > 0).sort((one, other) => one - other);
    input.value = ends.map((end, index) => end - (index ? ends[index - 1] : 0)).join(",");
  };
  const lines = raw.textContent.replace(/\n$/, "").split("\n");
  raw.replaceChildren();
  for (const line of lines) {
    let end = 0;
    for (const char of line) {
      const cell = document.createElement("span");
      cell.textContent = char;
      cell.dataset.place = String((end += widthOf(char, raw.dataset.encoding)));
      raw.append(cell);
    }
    raw.append("\n");
  }
  raw.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-place]");
    if (!pressed) return;
    const end = Number(pressed.dataset.place);
    // The end of the line is where the last column ends.
    if (end !== length) cuts.has(end) ? cuts.delete(end) : cuts.add(end);
    show();
  });
  show();
}
