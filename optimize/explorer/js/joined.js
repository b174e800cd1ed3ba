// Designs that a search here found: rows of their own behind the stored front.
import { byName, columns, data, feasible, filled, firstFree, memberOf, memberRows, n, objectives, ROOM } from "./data.js";
import { state } from "./state.js";

// What a row of the front is, once searches are shown: as stored, dominated by a design found, or absent.
const [STORED, BEATEN, ABSENT] = [0, 1, 2];
const standing = new Uint8Array(n).fill(STORED).fill(ABSENT, firstFree, firstFree + ROOM);
export const isThere = (row) => standing[row] !== ABSENT;
export const onFront = (row) => memberOf[row] >= 0 && standing[row] === STORED;

// The search that each filled row is of; the row each search begins at.
const searchOf = [];
const starts = new Map();

// Join designs to the front; the last answer of a search replaces those before it.
export function join(search, { ids, columns: values }, whole) {
  if (!starts.has(search)) starts.set(search, filled.count);
  if (whole) filled.count = starts.get(search);
  searchOf.length = filled.count;
  const count = Math.min(ids.length, ROOM - filled.count);
  for (let i = 0; i < count; i++) {
    const row = firstFree + filled.count;
    for (const column of columns) if (column.role !== "identity") column.put(row, values[column.name]?.[i]);
    byName.get("family")?.values.fill(byName.get("family").of(row), row, row + 1);
    data.ids[firstFree + filled.count] = ids[i];
    feasible[row] = 1;
    searchOf.push(search);
    filled.count++;
  }
  data.runs[0].n_front = firstFree + filled.count;
  filled.version++;
  return count;
}

// Which designs found are shown, and which designs they push off the front.
export function judgeJoined() {
  if (!ROOM) return;
  standing.fill(STORED).fill(ABSENT, firstFree, firstFree + ROOM);
  const shown = new Set(state.searches);
  searchOf.forEach((search, i) => { if (shown.has(search)) standing[firstFree + i] = STORED; });
  const rows = memberRows.slice(0, firstFree + filled.count).filter(isThere);
  const scores = rows.map((row) => objectives.map((aim) => aim.at(row) * (aim.sense === "max" ? -1 : 1)));
  for (let r = rows.findIndex((row) => row >= firstFree); r >= 0 && r < rows.length; r++) {
    for (let i = 0; i < rows.length; i++) if (i !== r && dominates(scores[r], scores[i])) standing[rows[i]] = BEATEN;
  }
}

function dominates(a, b) {
  let better = false;
  for (let k = 0; k < a.length; k++) {
    if (a[k] > b[k]) return false;
    better ||= a[k] < b[k];
  }
  return better;
}

export const isJoined = (row) => row >= firstFree && row < firstFree + ROOM;
export const roomLeft = () => ROOM - filled.count;
