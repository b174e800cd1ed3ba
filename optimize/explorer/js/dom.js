// Elements without markup: every text goes in as text, so a name can never become script.
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") element.className = value;
    else if (key === "on") for (const [event, action] of Object.entries(value)) element.addEventListener(event, action);
    else if (key in element && !key.startsWith("aria") && key !== "list") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const button = (text, action, properties = {}) =>
  el("button", { type: "button", ...properties, on: { click: action } }, text);

export function picker(label, options, value, action, properties = {}) {
  const select = el("select", { "aria-label": label, ...properties, on: { change: () => action(select.value) } });
  for (const [group, entries] of options) {
    const place = group ? el("optgroup", { label: group }) : select;
    for (const [key, text] of entries) place.append(el("option", { value: key }, text));
    if (group && entries.length) select.append(place);
  }
  select.value = value;
  return select;
}

export function tickBox(label, checked, action, properties = {}) {
  const box = el("input", { type: "checkbox", checked, ...properties, on: { change: () => action(box.checked) } });
  return el("label", { class: "tick" }, box, ` ${label}`);
}

// Show a message, to screen readers too.
let quiet = 0;
export function say(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  place.classList.add("shown");
  clearTimeout(quiet);
  quiet = setTimeout(() => place.classList.remove("shown"), 3500);
}

export async function copy(text, label) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { value: text, class: "away" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  document.documentElement.dataset.copied = text;
  say(`${label} copied`);
}

export function save(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
