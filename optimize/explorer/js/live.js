// Following a run: a bar with how far it is, and the page again once it has a newer front.
import { data, idOf, memberOf, memberRows, number } from "./data.js";
import { button, el, tickBox } from "./dom.js";
import { state } from "./state.js";
import { svgElement } from "./live_curve.js";

const POLL_MS = 1000;
const REST_MS = 5000;
const IDLE_MS = 2500;
const KEPT = "heliofront-kept";
const shown = data.live.status;

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) || {};
  } catch {
    return {};
  }
}

function remember(saved) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(saved));
  } catch { /* without storage pins are let go, nothing else */ }
}

// Designs are rows in the address; a new front has other rows, so they travel by their ID.
const saved = remembered();
let following = saved.following ?? true;
if (saved.moved) {
  const rows = new Map(data.ids.map((id, member) => [id, memberRows[member]]));
  const rowOf = (id) => rows.get(id);
  let address = {};
  try {
    address = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
  } catch { /* a damaged address is no address */ }
  address.selected = rowOf(saved.selected) ?? null;
  address.pins = (saved.pins || []).map(rowOf).filter((row) => row !== undefined);
  address.notes = Object.fromEntries(Object.entries(saved.notes || {}).map(([id, text]) => [rowOf(id), text]).filter(([row]) => row !== undefined));
  history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(address))}`);
  remember({ following });
}

function reload() {
  const member = (row) => row !== null && memberOf[row] >= 0;
  remember({
    moved: true, following, selected: member(state.selected) ? idOf(state.selected) : null,
    pins: state.pins.filter(member).map(idOf),
    notes: Object.fromEntries(Object.entries(state.notes).filter(([row]) => member(Number(row))).map(([row, text]) => [idOf(Number(row)), text])),
  });
  location.reload();
}

let touched = -IDLE_MS;
for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
  addEventListener(kind, () => { touched = performance.now(); }, { passive: true, capture: true });
}
const isBusy = () => performance.now() - touched < IDLE_MS || /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName);

export function startFollowing(app, isChanged) {
  const words = el("span", { class: "words", role: "status" });
  const curve = el("span", { class: "curve" });
  const newer = button("", reload, { hidden: true, class: "newer" });
  const follow = tickBox("follow", following, (on) => { following = on; remember({ ...remembered(), following }); }, { "data-key": "follow" });
  const bar = el("div", { class: "live", role: "region", "aria-label": "The run" }, el("i", { class: "lamp" }), words, curve, newer, follow);
  app.querySelector(".top").after(bar);

  function show(status) {
    const running = status.status === "running";
    bar.dataset.status = status.status;
    bar.dataset.generation = status.generation ?? "";
    follow.hidden = !running;
    words.textContent = sentenceOf(status, running);
    curve.replaceChildren(status.curve.length > 2 ? svgElement(status.curve) : "");
    const changed = status.version !== shown.version;
    newer.hidden = !changed;
    newer.textContent = `Show generation ${status.generation ?? ""}`;
    if (changed && following && !isBusy() && !isChanged()) reload();
    return running;
  }

  async function poll() {
    let wait = REST_MS;
    try {
      const answer = await fetch("status", { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      if (show(await answer.json())) wait = POLL_MS;
    } catch {
      bar.dataset.status = "lost";
      words.textContent = "The server has ended: what is shown stays, sliders no longer answer.";
    }
    setTimeout(poll, document.hidden ? REST_MS : wait);
  }

  show(shown);
  setTimeout(poll, POLL_MS);
}

const integer = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en-US"));

function sentenceOf(status, running) {
  const quiet = running && status.age_s > 60 ? ` · silent for ${integer(Math.round(status.age_s / 60))} min` : "";
  const state_ = running ? "Running" : status.status === "finished" ? "Finished" : `${status.status}`;
  const reason = status.reason ? ` (${status.reason})` : "";
  return `${state_}${reason}: generation ${integer(status.generation)} of ${integer(status.generations)} · ${integer(status.evaluations)} evaluations`
    + ` · hypervolume ${number(status.hypervolume ?? NaN)} · ${integer(status.front_size)} on the front${quiet}`;
}
