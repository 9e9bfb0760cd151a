// The page to ask: answers as they are written, their sources, and what people think of them.
import { change, local, made, reason, root, said } from "./console.js";
import { adding } from "./adding.js";
import { events } from "./events.js";

const talk = document.getElementById("talk");
const form = document.getElementById("ask");
const question = document.getElementById("question");
let conversation = sessionStorage.getItem("talk") ?? anew();

function anew() {
  const id = crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem("talk", id);
  return id;
}

function begin() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(question.value);
  });
  question.addEventListener("keydown", (event) => {
    // While a Korean syllable is being composed, Enter ends the syllable.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  for (const button of document.querySelectorAll(".try")) button.addEventListener("click", () => ask(button.textContent));
  document.getElementById("anew").addEventListener("click", () => {
    conversation = anew();
    for (const turn of talk.querySelectorAll(".turn")) turn.remove();
    document.getElementById("welcome").hidden = false;
    question.focus();
  });
  talk.addEventListener("click", (event) => {
    const cite = event.target.closest(".cite");
    if (!cite) return;
    event.preventDefault();
    document.getElementById(cite.getAttribute("href").slice(1))?.click();
  });
  if (document.getElementById("files")) adding();
}

async function ask(text) {
  if (!text.trim() || form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  question.value = "";
  document.getElementById("welcome").hidden = true;
  const writing = made("div", { className: "writing thinking", textContent: said("thinking") });
  const answer = made("article", { className: "turn answer", ariaLabel: said("answer") }, writing);
  talk.append(made("article", { className: "turn asked", ariaLabel: said("question"), textContent: text }), answer);
  answer.scrollIntoView({ block: "nearest" });
  try {
    await follow(text, answer, writing);
  } catch {
    refused(answer, said("failed"));
  } finally {
    form.ariaBusy = "false";
    question.focus();
  }
}

async function follow(text, answer, writing) {
  const response = await change("/ask", { question: text, talk: conversation, seen_from: document.querySelector("#from[data-view]")?.value ?? "" });
  if (!response.ok) return refused(answer, await reason(response));
  let ended = false;
  let begun = false;
  for await (const [name, data] of events(response.body)) {
    if (name === "delta") {
      if (!begun) writing.textContent = "";
      begun = true;
      writing.classList.remove("thinking");
      writing.append(data.text);
      answer.scrollIntoView({ block: "end" });
    } else if (name === "done") {
      ended = true;
      finish(answer, data);
    } else if (name === "error") {
      ended = true;
      refused(answer, data.detail);
    }
  }
  if (!ended) refused(answer, said("broken"));
}

function refused(answer, detail) {
  answer.replaceChildren(made("p", { className: "refusal", role: "alert", textContent: detail }));
}

function finish(answer, data) {
  const shown = made("div", { className: "whole" });
  // The server has made this safe: no HTML of a document or a model is in it.
  shown.innerHTML = data.html;
  answer.dataset.outcome = data.outcome;
  answer.replaceChildren(shown);
  if (data.sources.length) answer.append(sources(data));
  answer.append(tools(data));
  answer.scrollIntoView({ block: "nearest" });
}

function sources(data) {
  const list = made("ol", { className: "sources", ariaLabel: said("sources") });
  for (const source of data.sources) {
    const where = [source.heading, source.page && said("page", { page: source.page })].filter(Boolean).join(" · ");
    const age = made("time", { dateTime: source.read_at });
    local(age);
    const button = made("button", { type: "button", id: `${data.name}-${source.number}` }, `[${source.number}] ${source.title}`, made("span", { className: "hint" }, where ? `${where} · ` : "", age));
    button.addEventListener("click", () => open(source));
    list.append(made("li", {}, button));
  }
  return list;
}

async function open(source) {
  const aside = document.getElementById("source");
  const response = await fetch(`${root}/passages/${encodeURIComponent(source.document)}/${source.passage}?version=${source.version}`);
  if (!response.ok) return aside.replaceChildren(made("p", { className: "refusal", textContent: await reason(response) }));
  aside.innerHTML = await response.text();
  for (const time of aside.querySelectorAll("time")) local(time);
  aside.querySelector(".cited")?.scrollIntoView({ block: "nearest" });
  if (matchMedia("(max-width: 50rem)").matches) aside.scrollIntoView();
}

function tools(data) {
  const copy = made("button", { type: "button", textContent: said("copy") });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(data.text);
    copy.textContent = said("copied");
  });
  const bar = made("div", { className: "tools" }, copy);
  for (const [name, helpful] of [["helpful", true], ["unhelpful", false]]) {
    const button = made("button", { type: "button", textContent: said(name) });
    button.addEventListener("click", () => judge(bar, data.id, helpful));
    bar.append(button);
  }
  return bar;
}

async function judge(bar, id, helpful) {
  const response = await change("/opinions", { id, helpful });
  const told = made("span", { className: "hint", role: "status", textContent: response.ok ? said("thanks") : await reason(response) });
  bar.querySelector("[role=status]")?.remove();
  bar.querySelector("form")?.remove();
  bar.append(told);
  if (response.ok && !helpful) bar.append(why(id));
}

function why(id) {
  const field = made("input", { maxLength: 2000, ariaLabel: said("why"), placeholder: said("why") });
  const ask = made("form", { className: "row" }, field, made("button", { textContent: said("send") }));
  ask.addEventListener("submit", async (event) => {
    event.preventDefault();
    await change("/opinions", { id, helpful: false, text: field.value });
    ask.replaceWith();
  });
  return ask;
}

begin();
