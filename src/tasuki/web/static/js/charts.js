// Charts are drawn from the table beside them: what is seen is what is written, and without a script the table stands.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  if (typeof Chart === "undefined") return;
  const style = getComputedStyle(document.documentElement);
  const colours = ["--accent", "--good", "--care", "--bad", "--ink-quiet", "--sash", "--line-strong"].map((name) => style.getPropertyValue(name).trim());
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.animation = false;
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    const table = document.getElementById(canvas.dataset.table);
    const rows = [...table.tBodies[0].rows].map((row) => ({
      label: row.cells[0].textContent.trim(),
      values: [...row.querySelectorAll("[data-value]")].map((cell) => (cell.dataset.value === "" ? null : Number(cell.dataset.value))),
    }));
    const bars = canvas.dataset.chart === "bars";
    const shown = rows.filter((row) => row.values.some((value) => value !== null));
    const labels = bars ? shown.map((row) => row.label) : [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    const datasets = bars
      ? [{ data: shown.map((row) => row.values[0]), backgroundColor: colours[0] }]
      : shown.map((row, place) => ({ label: row.label, data: row.values, borderColor: colours[place % colours.length], backgroundColor: colours[place % colours.length], borderDash: place < colours.length ? [] : [4, 3], spanGaps: true }));
    new Chart(canvas, {
      type: bars ? "bar" : "line",
      data: { labels, datasets },
      options: {
        indexAxis: bars ? "y" : "x",
        maintainAspectRatio: false,
        plugins: { legend: { display: !bars, position: "bottom" } },
        scales: { [bars ? "x" : "y"]: { beginAtZero: true, ticks: { callback: (value) => `${value}%` } } },
      },
    });
  }
});
