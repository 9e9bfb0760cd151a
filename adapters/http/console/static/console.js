// What every page does: times as their reader is used to.
for (const time of document.querySelectorAll("time[datetime*=T]")) local(time);

export const root = document.body.dataset.root ?? "";
// Days are counted as those of whoever looks.
if (root) document.cookie = `saseo_offset=${-new Date().getTimezoneOffset()}; path=${root}; samesite=strict`;

export function local(time) {
  const moment = new Date(time.dateTime);
  time.textContent = moment.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}

export function said(name, details = {}) {
  said.texts ??= JSON.parse(document.getElementById("said").textContent);
  return said.texts[name].replace(/\{(\w+)\}/g, (_, key) => details[key] ?? "");
}

export function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Sends a change; the proof tells the server that a page of its own has asked for it.
export async function change(path, body) {
  return fetch(root + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Saseo-Proof": document.body.dataset.proof },
    body: JSON.stringify(body),
  });
}

export async function reason(response) {
  try {
    return (await response.json()).detail ?? said("failed");
  } catch {
    return said("failed");
  }
}
