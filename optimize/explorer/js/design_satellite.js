import {
  designLines, designNode, designNumber, designPicture, designRound, designText,
} from "./design_svg.js";

// The satellite and its compute bay, both to scale.

function designParts(rects, place, scale, colours) {
  const fills = {
    array: colours.accents[0], radiator: colours.accents[1], body: colours.accents[2],
    boom: colours.muted, beside: colours.muted,
  };
  return rects.map(([kind, x, y, width, height]) => {
    const [left, top] = place(x, y + height);
    return designNode("rect", {
      x: left, y: top, width: Math.max(width * scale, 0.6), height: Math.max(height * scale, 0.6),
      fill: fills[kind], stroke: colours.paper, "stroke-width": 0.4,
      opacity: kind === "beside" ? 0.75 : 1,
    });
  });
}

function designArea(rects, kind) {
  return rects.filter((rect) => rect[0] === kind).reduce((sum, rect) => sum + rect[3] * rect[4], 0);
}

function designPartName(kind, rects) {
  if (kind === "body") return "Body with compute bay";
  const name = kind === "array" ? "Solar array" : "Radiator, one face";
  return `${name} ${designNumber(designArea(rects, kind))} m²`;
}

/** Draw the satellite seen along the Sun line, beside something of known size. */
export function designSatellite(geometry, width, colours) {
  const [x0, y0, x1, y1] = geometry.view;
  const head = 58;
  const foot = 46;
  const scale = Math.min((width - 16) / (x1 - x0), 400 / (y1 - y0));
  const height = head + (y1 - y0) * scale + foot;
  const middle = width / 2 - (0.5 * (x0 + x1)) * scale;
  const place = (x, y) => [middle + x * scale, head + (y1 - y) * scale];
  const ink = { fill: colours.ink, halo: colours.paper };
  const beside = geometry.beside;
  const centre = beside.rects.reduce((sum, r) => sum + r[1] + r[3] / 2, 0) / beside.rects.length;
  const low = Math.min(...beside.rects.map((rect) => rect[2]));
  const [nameX, nameY] = place(centre, low);
  const lines = designLines(beside.name, Math.max(2 * Math.min(nameX, width - nameX) - 8, 90), 11);
  const bar = designRound(0.22 * (x1 - x0));
  const right = width - 10;
  const children = [
    ...designParts(geometry.rects, place, scale, colours),
    ...designParts(beside.rects, place, scale, colours),
    ...["array", "radiator", "body"].flatMap((kind, at) => [
      designNode("rect", { x: 0, y: 5 + 17 * at, width: 12, height: 12, fill: colours.accents[at] }),
      designText(18, 15 + 17 * at, designPartName(kind, geometry.rects), { fill: colours.ink }),
    ]),
    ...lines.map((line, at) => designText(
      nameX, nameY + 14 + 13 * at, line, { ...ink, anchor: "middle", size: 11 })),
    designNode("path", {
      d: `M${right - bar * scale},${height - 12}v4H${right}v-4`, fill: "none",
      stroke: colours.ink, "stroke-width": 1.5,
    }),
    designText(right - (bar * scale) / 2, height - 16, `${designNumber(bar)} m`,
      { ...ink, anchor: "middle", size: 11 }),
  ];
  const label = `Satellite to scale: span ${designNumber(x1 - x0)} m; for scale: ${beside.name}. `
    + geometry.note;
  return designPicture(width, height, label, children);
}

/** Draw the compute bay enlarged, the thickness of its shield true, beside a person. */
export function designBay(bay, width, colours) {
  const wall = bay.shield_mm / 1000;
  const outer = bay.edge_m + 2 * wall;
  const apart = 0.3 + 0.1 * outer;
  const across = outer + apart + 0.5;
  const tall = Math.max(outer, bay.person_m);
  const scale = Math.min((width - 16) / across, 230 / tall);
  const foot = 8 + tall * scale;
  const left = (width - across * scale) / 2;
  const place = (x, y) => [left + (outer + apart + 0.25 + x) * scale, foot - y * scale];
  const square = (edge, inset, fill) => designNode("rect", {
    x: left + inset * scale, y: foot - (outer - inset) * scale, width: edge * scale,
    height: edge * scale, fill,
  });
  const caption = { fill: colours.ink, anchor: "middle" };
  const children = [
    square(outer, 0, colours.ink),
    square(bay.edge_m, wall, colours.accents[2]),
    ...designParts(bay.person, place, scale, colours),
    designText(width / 2, foot + 20, `Bay ${designNumber(bay.edge_m)} m wide`, caption),
    designText(width / 2, foot + 37, `Shield ${designNumber(bay.shield_mm)} mm of aluminium`, caption),
  ];
  const label = `Compute bay ${designNumber(bay.edge_m)} m wide behind `
    + `${designNumber(bay.shield_mm)} mm of aluminium, beside a person of ${bay.person_m} m`;
  return designPicture(width, foot + 44, label, children);
}
