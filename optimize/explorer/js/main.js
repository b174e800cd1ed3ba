// The page: tabs, the views in them, keys, and one drawing a frame after any change.
import { data } from "./data.js";
import { Choosing } from "./choosing.js";
import { Compare } from "./compare.js";
import { Details } from "./details.js";
import { button, el, picker, say } from "./dom.js";
import { Drivers } from "./drivers.js";
import { Families } from "./families.js";
import { countText, Side } from "./filters.js";
import { makeHistograms } from "./histograms.js";
import { makeMatrix } from "./matrix.js";
import { refresh } from "./model.js";
import { readTheme } from "./paint.js";
import { makeParallel } from "./parallel.js";
import { makeScatter } from "./scatter.js";
import { makeSpatial } from "./spatial.js";
import { ABOVE, ADDED, canRedo, canUndo, change, listen, readAddress, redo, state, TABS, togglePin, undo } from "./state.js";
import { Table } from "./table.js";

const NAMES = { overview: "Overview", matrix: "Matrix", histograms: "Histograms", table: "Table", decide: "Decide", compare: "Compare", drivers: "What drives this", details: "Design" };
const narrow = innerWidth < 700;
export const app = document.getElementById("app");
app.append(el("div", { id: "tip", hidden: true, "aria-hidden": "true" }), el("div", { id: "said", role: "status", "aria-live": "polite" }));

const side = new Side();
const count = el("p", { class: "count", "aria-live": "polite" });
const tabs = {};
const panes = {};
const bar = el("nav", { role: "tablist", "aria-label": "Views" });
const undoButton = button("↶", undo, { title: "Undo (Ctrl+Z)", "aria-label": "Undo" });
const redoButton = button("↷", redo, { title: "Redo (Ctrl+Y)", "aria-label": "Redo" });
const themePicker = picker("Theme", [["", [["auto", "auto"], ["light", "light"], ["dark", "dark"]]]], "auto", (theme) => change({ theme }));

const overviewTable = new Table(280, "Designs");
const bigTable = new Table(Math.max(420, innerHeight - 200), "Designs");
const views = {
  overview: [...(ABOVE.overview || []), makeScatter(narrow ? 360 : 400), makeSpatial(narrow ? 320 : 400), new Families(), makeParallel(narrow ? 320 : 350), overviewTable],
  matrix: [makeMatrix(narrow ? 640 : Math.max(600, innerHeight - 190))],
  histograms: [makeHistograms()], table: [bigTable], decide: [new Choosing()], compare: [new Compare()],
  drivers: [new Drivers()], details: [new Details()],
};

for (const [tab, added] of Object.entries(ADDED)) {
  NAMES[tab] = added.name;
  views[tab] = added.views;
}
for (const tab of TABS) {
  tabs[tab] = button(NAMES[tab], () => change({ tab }), { role: "tab", id: `tab-${tab}`, "aria-controls": `pane-${tab}` });
  panes[tab] = el("div", { class: `pane ${tab}`, id: `pane-${tab}`, role: "tabpanel", "aria-labelledby": `tab-${tab}` }, ...views[tab].map((view) => view.element));
}
bar.append(...Object.values(tabs));
bar.addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  const tab = TABS[(TABS.indexOf(state.tab) + by + TABS.length) % TABS.length];
  change({ tab });
  tabs[tab].focus();
});

function sampled() {
  const parts = data.runs.filter((run) => run.total > run.stored).map((run) =>
    `${run.stored.toLocaleString("en-US")} of the ${run.total.toLocaleString("en-US")} designs of ${run.name} are in this page, its front whole`);
  const bare = data.runs.filter((run) => run.stored === run.n_front && run.stored > 0).map((run) => `only the front of ${run.name} is stored`);
  return [...parts, ...bare].join("; ");
}

const facts = data.runs.map((run) => `${run.name}${run.scenario ? ` · scenario ${run.scenario}` : ""} · seed ${run.seed} · ${run.folder}`);
const remarks = data.runs.flatMap((run) => [run.deciding, run.certificate].filter(Boolean).map((text) =>
  el("p", { class: "hint deciding" }, data.runs.length > 1 ? `${run.folder}: ${text}` : text)));
app.append(
  el("a", { class: "skip", href: "#designs", on: { click: (event) => { event.preventDefault(); document.getElementById("designs").focus(); } } }, "Skip to the designs"),
  el("header", { class: "top" }, el("div", {}, el("h1", {}, data.title), el("p", { class: "hint" }, facts.join("  |  ")), ...remarks),
    el("div", { class: "controls" }, undoButton, redoButton, el("label", {}, "Theme ", themePicker), button("?", help, { title: "Keys", "aria-label": "Keys" }))),
  el("div", { class: "body" }, el("aside", { "aria-label": "Filters and export" }, side.element), el("main", { id: "designs", tabIndex: -1 }, bar, count, sampled() ? el("p", { class: "hint sampled" }, sampled()) : "", emptyNote(), ...Object.values(panes))));

function emptyNote() {
  if (data.ids.length) return "";
  const text = data.n ? "No feasible design was found: these are the designs that were evaluated. The constraint columns show what stands in the way." : "This run has no designs to show.";
  return el("p", { class: "notice" }, text);
}

function help() {
  say(`Keys: arrows step through designs, p pins, f front only, Ctrl+Z undoes, Ctrl+Y redoes, 1 to ${TABS.length} change the view, Escape lets go`);
}

let waiting = null;
function schedule(dragging) {
  waiting = waiting === null ? dragging : waiting && dragging;
  if (schedule.asked) return;
  schedule.asked = true;
  requestAnimationFrame(() => {
    schedule.asked = false;
    const still = waiting;
    waiting = null;
    paint(still);
  });
}

let shownTheme = "";
let shownTab = null;
function paint(dragging) {
  if (state.theme !== shownTheme) {
    shownTheme = state.theme;
    document.documentElement.dataset.theme = state.theme;
    themePicker.value = state.theme;
    readTheme();
  }
  refresh();
  for (const tab of TABS) {
    tabs[tab].setAttribute("aria-selected", String(tab === state.tab));
    tabs[tab].tabIndex = tab === state.tab ? 0 : -1;
    panes[tab].hidden = tab !== state.tab;
  }
  if (tabs[state.tab] !== shownTab) {
    shownTab = tabs[state.tab];
    bar.scrollLeft = shownTab.offsetLeft - (bar.clientWidth - shownTab.offsetWidth) / 2;
  }
  count.textContent = countText();
  undoButton.disabled = !canUndo();
  redoButton.disabled = !canRedo();
  tabs.compare.textContent = state.pins.length ? `Compare (${state.pins.length})` : "Compare";
  for (const view of views[state.tab]) view.paint(dragging);
  if (!dragging) side.show();
  document.documentElement.dataset.painted = String(Number(document.documentElement.dataset.painted || 0) + 1);
}

addEventListener("keydown", (event) => {
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox") return;
  const control = event.ctrlKey || event.metaKey;
  const actions = {
    p: () => state.selected !== null && (togglePin(state.selected) || say("Six designs are pinned already")),
    f: () => change({ front: !state.front, epsilon: null }), "?": help, Escape: () => change({ selected: null }),
    ArrowDown: () => overviewTable.move(1), ArrowRight: () => overviewTable.move(1), ArrowUp: () => overviewTable.move(-1), ArrowLeft: () => overviewTable.move(-1),
  };
  if (control && event.key.toLowerCase() === "z") (event.shiftKey ? redo : undo)();
  else if (control && event.key.toLowerCase() === "y") redo();
  else if (control || event.altKey) return;
  else if (TABS[Number(event.key) - 1]) change({ tab: TABS[Number(event.key) - 1] });
  else if (event.key.startsWith("Arrow") && event.target.tagName !== "CANVAS") return;
  else if (actions[event.key]) actions[event.key]();
  else return;
  event.preventDefault();
});

listen(schedule);
new ResizeObserver(() => schedule(false)).observe(document.body);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { shownTheme = ""; schedule(false); });
readAddress();
document.documentElement.dataset.designs = String(data.n);
