// Files that are dropped or chosen, and links that are pasted: each with its progress, and with the reason of a refusal.
import { change, made, reason, root, said } from "./console.js";

const tray = document.getElementById("tray");

export function adding() {
  const files = document.getElementById("files");
  const chosen = () => {
    take([...files.files]);
    files.value = "";
  };
  files.addEventListener("change", chosen);
  // What was chosen before this script was there.
  if (files.files.length) chosen();
  for (const name of ["dragenter", "dragover"]) addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && document.body.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  const dialog = document.getElementById("link-dialog");
  document.getElementById("link").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("close", () => {
    const field = document.getElementById("url");
    if (dialog.returnValue === "add" && field.value) link(field.value);
    field.value = dialog.returnValue = "";
  });
}

async function take(files) {
  // One after the other: the server reads each of them whole.
  for (const [file, row] of [...files].map((file) => [file, line(file.name)])) await upload(file, row);
}

function line(name) {
  const bar = made("progress", { max: 1, value: 0, ariaLabel: name });
  const told = made("span", { className: "hint", textContent: said("waiting") });
  const row = made("li", {}, made("span", { textContent: name }), bar, told);
  tray.append(row);
  row.scrollIntoView({ block: "nearest" });
  return { row, bar, told };
}

function upload(file, { row, bar, told }) {
  const body = new FormData();
  body.append("scope", document.getElementById("from").value);
  body.append("file", file);
  const request = new XMLHttpRequest();
  // fetch does not tell how much it has sent.
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    told.textContent = said(bar.value < 1 ? "sending" : "reading");
    if (bar.value >= 1) bar.removeAttribute("value");
  });
  return new Promise((resolve) => {
    request.addEventListener("loadend", () => {
      finish({ row, bar, told }, parsed(request.responseText));
      resolve();
    });
    request.open("POST", `${root}/documents/upload`);
    request.setRequestHeader("X-Saseo-Proof", document.body.dataset.proof);
    request.send(body);
  });
}

async function link(url) {
  const shown = line(url);
  shown.bar.removeAttribute("value");
  shown.told.textContent = said("reading");
  try {
    const response = await change("/documents/links", { url, scope: document.getElementById("from").value });
    finish(shown, response.ok ? await response.json() : { refused: await reason(response) });
  } catch {
    finish(shown, {});
  }
}

function finish({ row, bar, told }, answer) {
  const well = answer.id !== undefined;
  bar.remove();
  row.dataset.state = well ? "known" : "refused";
  told.className = well ? "hint" : "refusal";
  told.textContent = well
    ? said(answer.changed ? (answer.passages === 1 ? "known_one" : "known") : "unchanged", { count: answer.passages })
    : answer.refused ?? answer.detail ?? said("failed");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
