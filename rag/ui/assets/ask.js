// What the Ask tab does in the browser: citations shown where they are pointed at, questions edited
// and asked again, answers rated, and the drawer of kept conversations.
(function () {
  "use strict";

  // --- A citation, shown beside its number -------------------------------------------------------

  const popover = document.createElement("div");
  popover.id = "citation";
  popover.hidden = true;
  let owner = null;
  let timer = 0;
  let touched = null;

  function show(chip) {
    clearTimeout(timer);
    const template = chip.nextElementSibling;
    if (!template || !template.content) return;
    if (!popover.isConnected) document.querySelector(".gradio-container").append(popover);
    if (owner) owner.removeAttribute("aria-describedby");
    owner = chip;
    popover.replaceChildren(template.content.cloneNode(true));
    popover.hidden = false;
    chip.setAttribute("aria-describedby", popover.id);
    place(chip);
  }

  function place(chip) {
    const gap = 8;
    const at = chip.getBoundingClientRect();
    const size = popover.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    const left = Math.min(Math.max(gap, at.left + at.width / 2 - size.width / 2), room - size.width - gap);
    const below = at.bottom + gap + size.height <= innerHeight;
    popover.style.left = `${left}px`;
    popover.style.top = `${below ? at.bottom + gap : Math.max(gap, at.top - gap - size.height)}px`;
  }

  function hide() {
    clearTimeout(timer);
    if (owner) owner.removeAttribute("aria-describedby");
    owner = null;
    popover.hidden = true;
  }

  function later(action, milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  }

  function chipOf(event) {
    return event.target.closest && event.target.closest(".chip");
  }

  document.addEventListener("mouseover", (event) => {
    const chip = chipOf(event);
    if (chip && chip !== owner) later(() => show(chip), 120);
    else if (chip || popover.contains(event.target)) clearTimeout(timer);
    else if (owner && owner !== document.activeElement) later(hide, 250);
    else if (!owner) clearTimeout(timer);
  });
  document.addEventListener("focusin", (event) => {
    const chip = chipOf(event);
    if (chip && chip.matches(":focus-visible")) show(chip);
    else if (!chip && owner && !popover.contains(event.target)) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && owner) hide();
  });
  document.addEventListener("pointerdown", (event) => {
    const chip = chipOf(event);
    touched = chip && event.pointerType === "touch" && chip !== owner ? chip : null;
    if (!chip && owner && !popover.contains(event.target)) hide();
  });
  // A finger cannot hover: its first tap shows the words, its second opens them.
  document.addEventListener("click", (event) => {
    const chip = chipOf(event);
    if (chip && chip === touched) {
      event.stopPropagation();
      show(chip);
    } else if (chip || popover.contains(event.target)) {
      later(hide, 0);
    }
    touched = null;
  }, true);
  addEventListener("scroll", () => { if (owner) place(owner); }, { capture: true, passive: true });
  addEventListener("resize", hide);

  // The page is made with questions of the collection that was opened; another has its own.
  async function offer(element, server) {
    const place = () => element.querySelector(".welcome .offered");
    const collection = window.verbatim.collection();
    if (collection) place()?.replaceChildren();
    const reply = await server.first_questions({ collection });
    if (place() && reply.html !== undefined && place().innerHTML !== reply.html) {
      place().innerHTML = reply.html;
    }
  }

  // --- The conversation --------------------------------------------------------------------------

  function attachConversation(element, server, trigger) {
    offer(element, server);
    const turnOf = (inside) => inside.closest(".turn");
    const isBusy = () => element.querySelector(".pending") !== null;

    function askAgain(turn, question) {
      const wanted = question.trim();
      if (wanted && !isBusy()) trigger("edit", { turn: turn.dataset.turn, question: wanted });
    }

    function edit(turn, open) {
      const form = turn.querySelector(".edit-form");
      form.hidden = !open;
      turn.querySelector(".asked").hidden = open;
      if (!open) {
        form.reset();
        turn.querySelector(".edit").focus();
        return;
      }
      const box = form.querySelector("textarea");
      box.focus();
      box.setSelectionRange(box.value.length, box.value.length);
    }

    function rate(turn) {
      const pressed = turn.querySelector('.thumb[aria-pressed="true"]');
      trigger("like", {
        turn: turn.dataset.turn,
        rating: pressed ? pressed.dataset.rating : "",
        note: pressed ? turn.querySelector(".note-form textarea").value : "",
      });
    }

    function press(thumb) {
      const turn = turnOf(thumb);
      const on = thumb.getAttribute("aria-pressed") !== "true";
      turn.querySelectorAll(".thumb").forEach((other) => {
        other.setAttribute("aria-pressed", String(on && other === thumb));
      });
      const form = turn.querySelector(".note-form");
      form.hidden = !on;
      form.querySelector("[role=status]").textContent = "";
      rate(turn);
      if (on) form.querySelector("textarea").focus();
    }

    element.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button || !turnOf(button)) return;
      if (button.matches(".edit")) edit(turnOf(button), true);
      if (button.matches(".cancel")) edit(turnOf(button), false);
      if (button.matches(".again")) askAgain(turnOf(button), button.dataset.question);
      // While an answer is under way the page's state is its own.
      if (button.matches(".thumb") && !isBusy()) press(button);
    });
    element.addEventListener("keydown", (event) => {
      const form = event.target.closest(".edit-form");
      if (!form || event.isComposing) return;
      if (event.key === "Escape") edit(turnOf(form), false);
      if (event.key === "Enter" && !event.shiftKey && event.target.matches("textarea")) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = event.target;
      if (form.matches(".edit-form")) askAgain(turnOf(form), form.querySelector("textarea").value);
      if (!form.matches(".note-form")) return;
      rate(turnOf(form));
      const status = form.querySelector("[role=status]");
      status.textContent = status.dataset.done;
      setTimeout(() => { form.hidden = true; }, 1600);
    });

    // An answer that is being written stays in view, its question too, until the reader scrolls.
    let wasBusy = false;
    let follows = false;
    function follow() {
      const turns = element.querySelectorAll(".turn");
      if (!turns.length) return;
      const at = turns[turns.length - 1].getBoundingClientRect();
      const edge = innerHeight - document.querySelector("#question").offsetHeight - 32;
      const below = Math.min(at.top - 16, at.bottom - edge);
      if (below > 0) scrollBy(0, below);
      else if (at.top < 0 && at.bottom < edge) scrollBy(0, at.top - 16);
    }
    ["wheel", "touchmove", "keydown"].forEach((name) => {
      addEventListener(name, () => { follows = false; }, { passive: true });
    });
    new MutationObserver(() => {
      const busy = isBusy();
      if (busy && !wasBusy) {
        hide();
        follows = true;
      }
      if (follows) follow();
      if (!busy) follows = false;
      wasBusy = busy;
    }).observe(element, { childList: true, subtree: true });
  }

  // --- Kept conversations ------------------------------------------------------------------------

  function download(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function attachHistory(element, server, trigger) {
    const dialog = element.querySelector("dialog");
    const search = dialog.querySelector("input");
    const list = dialog.querySelector(".list");
    const collection = () => new URLSearchParams(location.search).get("collection") || "";
    const call = (name, given) => server[name]({ collection: collection(), ...given });
    let wanted = 0;
    let typing = 0;

    async function refresh() {
      const mine = (wanted += 1);
      list.ariaBusy = "true";
      const found = await call("search", { words: search.value });
      if (mine !== wanted) return;
      list.innerHTML = found.html;
      list.ariaBusy = "false";
    }

    async function save(id) {
      const made = await call("export", { id });
      if (made.text) download(made.name, made.text);
    }

    async function remove(entry) {
      const failed = (await call("remove", { id: entry.dataset.id })).html;
      if (failed) {
        list.innerHTML = failed;
        return;
      }
      trigger("delete", { id: entry.dataset.id });
      await refresh();
      search.focus();
    }

    function confirm(entry, open) {
      entry.querySelector(".sure").hidden = !open;
      entry.querySelector(open ? ".keep" : ".bin").focus();
    }

    element.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
      const button = event.target.closest("button");
      if (!button) return;
      const entry = button.closest("[data-id]");
      if (button.matches(".show")) {
        search.value = "";
        dialog.showModal();
        refresh();
      }
      if (button.matches(".close")) dialog.close();
      if (button.matches(".new")) trigger("clear", {});
      if (button.matches(".toolbar .export")) {
        save(document.querySelector("#conversation .turns").dataset.conversation);
      }
      if (!entry) return;
      if (button.matches(".entry")) {
        trigger("select", { id: entry.dataset.id });
        dialog.close();
      }
      if (button.matches(".export")) save(entry.dataset.id);
      if (button.matches(".bin")) confirm(entry, true);
      if (button.matches(".keep")) confirm(entry, false);
      if (button.matches(".delete")) remove(entry);
    });
    search.addEventListener("input", () => {
      clearTimeout(typing);
      wanted += 1; // what is on its way is out of date
      list.ariaBusy = "true";
      typing = setTimeout(refresh, 150);
    });
  }

  window.verbatimAsk = { attachConversation, attachHistory };
})();
