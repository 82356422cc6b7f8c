// What the panels share: their words, questions with yes and no, watching work that takes long.
(function () {
  "use strict";
  const panels = (window.verbatimPanels = window.verbatimPanels || {});

  panels.collection = () => new URLSearchParams(location.search).get("collection") || "";

  panels.fill = (text, values) =>
    text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

  // The panel within a component, with what is needed to ask the program for something.
  panels.open = function (element, server) {
    const root = element.querySelector(".panel");
    return {
      root,
      texts: JSON.parse(root.dataset.texts),
      call: (name, given) => server[name]({ collection: panels.collection(), ...given }),
      find: (selector) => root.querySelector(selector),
    };
  };

  panels.problem = function (place, text) {
    const paragraph = document.createElement("p");
    paragraph.className = "problem";
    paragraph.setAttribute("role", "alert");
    paragraph.textContent = text;
    place.replaceChildren(paragraph);
  };

  // Ask before what cannot be taken back; resolves to whether it shall be done.
  panels.sure = function (text, yes, no) {
    const dialog = document.createElement("dialog");
    const words = document.createElement("p");
    words.textContent = text;
    words.id = "sure-text";
    const row = document.createElement("div");
    const buttons = [[no, "no"], [yes, "yes"]].map(([label, value]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.className = value;
      button.addEventListener("click", () => dialog.close(value));
      return button;
    });
    row.append(...buttons);
    dialog.append(words, row);
    dialog.className = "certain";
    dialog.setAttribute("aria-labelledby", "sure-text");
    document.querySelector(".gradio-container").append(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => {
        dialog.remove();
        resolve(dialog.returnValue === "yes");
      });
    });
  };

  // Ask how far some work is until it has ended, and show that; resolves to the last reply.
  panels.watch = async function (ask, place) {
    for (;;) {
      const reply = await ask();
      if (reply.error) {
        panels.problem(place, reply.error);
        return reply;
      }
      if (reply.state !== "running") {
        place.innerHTML = reply.html;
        return reply;
      }
      show(place, reply.html);
      await new Promise((done) => setTimeout(done, 300));
    }
  };

  // Keep the parts of a bar that is there, so that its button keeps the focus.
  function show(place, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const [was, is] = [place, template.content].map((part) => ({
      bar: part.querySelector("progress"),
      reach: part.querySelector(".reach"),
    }));
    if (!was.bar || !is.bar) {
      place.replaceChildren(template.content);
      return;
    }
    if (is.bar.hasAttribute("value")) {
      was.bar.max = is.bar.max;
      was.bar.value = is.bar.value;
    }
    was.reach.replaceChildren(...is.reach.childNodes);
  }

  panels.save = function (name, text, type) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
})();
