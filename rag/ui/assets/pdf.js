// The reader's view of a PDF: its pages as pictures, the cited words marked; the text a click away.
(function () {
  "use strict";
  const panels = (window.verbatimPanels = window.verbatimPanels || {});

  // Returns what opens a place; it resolves to whether there was a page to show.
  panels.pages = function (dialog, server) {
    const bar = dialog.querySelector(".pages");
    const sheet = dialog.querySelector(".page");
    const text = dialog.querySelector(".text");
    let place = null;
    let shown = null;

    function show(view) {
      const asPage = view === "page";
      sheet.hidden = !asPage;
      text.hidden = asPage;
      bar.querySelector(".leaf").hidden = !asPage;
      bar.querySelectorAll("[data-view]").forEach((button) => {
        button.setAttribute("aria-pressed", String(button.dataset.view === view));
      });
      const mark = (asPage ? sheet : text).querySelector(asPage ? ".box" : "mark");
      if (mark) mark.scrollIntoView({ block: "center", inline: "center" });
      else (asPage ? sheet : text).scrollTop = 0;
    }

    async function turn(number) {
      const wanted = place;
      const reply = await server.pdf_page({ place, number, collection: panels.collection() });
      if (wanted !== place || !reply.html) return false;
      shown = reply;
      sheet.innerHTML = reply.html;
      bar.querySelector(".at").textContent = reply.label;
      bar.querySelector("[data-turn='-1']").disabled = reply.number <= 1;
      bar.querySelector("[data-turn='1']").disabled = reply.number >= reply.count;
      return true;
    }

    bar.addEventListener("click", async (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.view) show(button.dataset.view);
      if (button.dataset.turn && (await turn(shown.number + Number(button.dataset.turn)))) show("page");
    });

    return async function (wanted) {
      place = wanted;
      bar.hidden = sheet.hidden = true;
      text.hidden = false;
      if (!(await turn(0))) return false;
      bar.hidden = false;
      // A span that is not found on the page is shown in the text, where it surely is.
      show(wanted[1] === wanted[2] || shown.html.includes('class="box"') ? "page" : "text");
      return true;
    };
  };
})();
