import {
  designLogScale, designNode, designNumber, designPicture, designText, designTextWidth,
} from "./design_svg.js";

// Dose behind the shield, and the orbit with its eclipse.

const DESIGN_DOSES = [
  ["dose_krad", "all", 0, 2.4], ["belt_dose_krad", "trapped", 2, 1.4],
  ["solar_dose_krad", "solar", 4, 1.4], ["gcr_dose_krad", "cosmic rays", 3, 1.4],
];

function designDecades(low, high) {
  const decades = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1) {
    if (10 ** power >= low) decades.push(10 ** power);
  }
  return decades;
}

function designLegend(entries, width, top, colours) {
  let [x, y] = [0, top];
  const nodes = [];
  for (const [text, mark] of entries) {
    const room = 24 + designTextWidth(text, 11) + 10;
    if (x > 0 && x + room > width) [x, y] = [0, y + 17];
    const attributes = mark.dot
      ? ["circle", { cx: x + 9, cy: y - 4, r: 4, fill: mark.stroke }]
      : ["path", { d: `M${x},${y - 4}h18`, fill: "none", ...mark }];
    nodes.push(designNode(...attributes));
    nodes.push(designText(x + 23, y, text, { fill: colours.ink, size: 11 }));
    x += room;
  }
  return { nodes, bottom: y };
}

/** Draw dose over shield on logarithmic axes, with the design and its limit. */
export function designDose(dose, width, colours) {
  const [left, right, top, bottom] = [46, width - 8, 8, 190];
  const values = [...dose.dose_krad, dose.limit_krad, dose.own_krad];
  const parts = DESIGN_DOSES.flatMap(([name]) => dose[name]);
  const low = Math.max(0.7 * Math.min(...values, ...parts), 1e-2 * Math.min(...values));
  const high = 1.6 * Math.max(...values);
  const depth = dose.depth_mm;
  const x = designLogScale(depth[0], depth.at(-1), left, right);
  const y = designLogScale(low, high, bottom, top);
  const children = [];
  const grid = { stroke: colours.line, "stroke-width": 1 };
  for (const tick of designDecades(low, high)) {
    children.push(designNode("path", { d: `M${left},${y(tick)}H${right}`, ...grid }));
    children.push(designText(left - 5, y(tick) + 4, designNumber(tick),
      { fill: colours.muted, anchor: "end", size: 11 }));
  }
  for (const tick of [0.5, 1, 2, 5, 10, 20, 50]) {
    if (tick < depth[0] || tick > depth.at(-1)) continue;
    children.push(designNode("path", { d: `M${x(tick)},${top}V${bottom}`, ...grid }));
    children.push(designText(x(tick), bottom + 15, designNumber(tick),
      { fill: colours.muted, anchor: tick === depth.at(-1) ? "end" : "middle", size: 11 }));
  }
  const entries = [];
  for (const [name, text, accent, thick] of [...DESIGN_DOSES].reverse()) {
    const shown = depth.map((z, at) => [x(z), dose[name][at]])
      .filter(([, value]) => value >= low).map(([px, value]) => [px, y(value)]);
    if (!shown.length) continue;
    const mark = { stroke: colours.accents[accent], "stroke-width": thick };
    const path = shown.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join("L");
    children.push(designNode("path", { d: `M${path}`, fill: "none", ...mark }));
    entries.unshift([text, mark]);
  }
  const limit = { stroke: colours.accents[1], "stroke-width": 1.5, "stroke-dasharray": "5 3" };
  children.push(designNode("path", { d: `M${left},${y(dose.limit_krad)}H${right}`, ...limit }));
  entries.push(["chip's limit over margin", limit], ["this design", { stroke: colours.ink, dot: true }]);
  children.push(designNode("circle", {
    cx: x(dose.shield_mm), cy: y(dose.own_krad), r: 4.5, fill: colours.ink, stroke: colours.paper,
  }));
  children.push(designText((left + right) / 2, bottom + 32, "Shield [mm of aluminium]",
    { fill: colours.ink, anchor: "middle", size: 11 }));
  const legend = designLegend(entries, width, bottom + 54, colours);
  const label = `Dose over shield: ${designNumber(dose.own_krad)} krad behind `
    + `${designNumber(dose.shield_mm)} mm; limit over margin ${designNumber(dose.limit_krad)} krad`;
  return designPicture(width, legend.bottom + 8, label, [...children, ...legend.nodes]);
}

/** Return the orbit in lines of text. */
export function designOrbitLines(orbit) {
  const families = { dawn_dusk_sso: "dawn-dusk Sun-synchronous", geo: "geostationary" };
  const family = families[orbit.family] ?? orbit.family;
  const [low, high] = orbit.beta_deg.map((angle) => Math.round(angle));
  const shade = orbit.longest_eclipse_min > 0
    ? `Longest eclipse ${designNumber(orbit.longest_eclipse_min)} min, on `
      + `${designNumber(orbit.eclipse_days_per_yr)} days a year`
    : "No eclipse";
  return [
    `${family[0].toUpperCase()}${family.slice(1)}, ${designNumber(orbit.orbit_altitude_km, 4)} km, `
      + `${designNumber(orbit.inclination_deg)}°`,
    `Sunlit ${(100 * orbit.sunlit_fraction).toFixed(1)} %, period ${designNumber(orbit.period_min)} min`,
    shade,
    `Beta angle ${low}° to ${high}°`,
  ];
}

/** Draw Earth and orbit to scale, the longest eclipse dark. */
export function designOrbit(orbit, width, colours) {
  const outer = orbit.earth_radius_km + orbit.orbit_altitude_km;
  const size = Math.min(width - 96, 190);
  const scale = size / (2 * outer);
  const [cx, cy, r] = [width / 2 + 26, size / 2 + 8, outer * scale];
  const half = (Math.PI * orbit.longest_eclipse_min) / orbit.period_min;
  const [dx, dy] = [r * Math.cos(half), r * Math.sin(half)];
  const sun = colours.accents[2];
  const start = cx - r - 66;
  const children = [
    designNode("circle", { cx, cy, r: orbit.earth_radius_km * scale, fill: colours.accents[5] }),
    designNode("circle", { cx, cy, r, fill: "none", stroke: sun, "stroke-width": 2 }),
    designNode("path", {
      d: `M${start},${cy}h46m-8,-5l8,5l-8,5`, fill: "none", stroke: sun, "stroke-width": 2,
    }),
    designText(start + 22, cy - 9, "Sun", { fill: colours.muted, anchor: "middle", size: 11 }),
  ];
  if (half > 0) children.push(designNode("path", {
    d: `M${cx + dx},${cy - dy}A${r},${r} 0 0 1 ${cx + dx},${cy + dy}`, fill: "none",
    stroke: colours.ink, "stroke-width": 4,
  }));
  const lines = designOrbitLines(orbit);
  const texts = lines.map((line, at) => designText(
    width / 2, size + 32 + 16 * at, line, { fill: colours.ink, anchor: "middle" }));
  return designPicture(width, size + 32 + 16 * lines.length, lines.join(". "), [...children, ...texts]);
}
