// What the page does in the browser: the reader dialog, examples, copying, light and dark.
(function () {
  "use strict";
  const root = document.documentElement;
  const match = location.pathname.match(/\/(zh|en)\//);
  root.lang = match && match[1] === "zh" ? "zh-CN" : "en";

  function applyTheme() {
    const chosen = localStorage.getItem("verbatim-theme");
    const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.body.classList.toggle("dark", dark);
  }
  addEventListener("DOMContentLoaded", applyTheme);

  // The address says which collection is asked; none is the default one.
  function collection() {
    return new URLSearchParams(location.search).get("collection") || "";
  }

  function ask(question) {
    const box = document.querySelector("#question textarea");
    const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set;
    setter.call(box, question);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => document.querySelector("#question .submit-button").click());
  }

  async function copy(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Without a certificate, other machines' browsers have no clipboard but this.
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }

  document.addEventListener("click", async (event) => {
    const target = event.target.closest("button");
    if (!target) return;
    if (target.matches(".example")) ask(target.dataset.question);
    if (target.matches(".theme")) {
      localStorage.setItem("verbatim-theme", document.body.classList.contains("dark") ? "light" : "dark");
      applyTheme();
    }
    if (target.matches(".copy")) {
      const text = target.textContent;
      await copy(target.dataset.text);
      target.textContent = target.dataset.done;
      setTimeout(() => { target.textContent = text; }, 1500);
    }
  });

  function attachReader(element, server) {
    const dialog = element.querySelector("dialog");
    const title = dialog.querySelector("h2");
    const text = dialog.querySelector(".text");
    const openPage = window.verbatimPanels.pages(dialog, server);
    let current = 0;

    function places() {
      const seen = new Map();
      document.querySelectorAll("#sources [data-number]").forEach((button) => {
        seen.set(Number(button.dataset.number), button.dataset.place);
      });
      return [...seen.entries()].sort((a, b) => a[0] - b[0]);
    }

    async function open(number, place) {
      current = number;
      const found = await server.passage([...JSON.parse(place), collection()]);
      title.innerHTML = found.title;
      text.innerHTML = found.html;
      if (!dialog.open) dialog.showModal();
      if (await openPage(JSON.parse(place))) return;
      const mark = text.querySelector("mark");
      if (mark) mark.scrollIntoView({ block: "center" });
    }

    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-place]");
      if (button) open(Number(button.dataset.number), button.dataset.place);
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest(".close")) dialog.close();
      const step = event.target.closest(".step");
      if (!step) return;
      const all = places();
      const index = all.findIndex((item) => item[0] === current);
      const next = all[(index + Number(step.dataset.step) + all.length) % all.length];
      if (next) open(next[0], next[1]);
    });
  }

  window.verbatim = { attachReader, collection };
})();
