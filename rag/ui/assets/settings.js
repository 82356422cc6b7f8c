// The settings: applied at once, saved if wanted; models downloaded.
(function () {
  "use strict";
  const panels = (window.verbatimPanels = window.verbatimPanels || {});

  panels.settings = function (element, server) {
    const panel = panels.open(element, server);

    async function refresh(said) {
      const view = await panel.call("settings_view");
      if (view.error) {
        panels.problem(panel.root, view.error);
        return;
      }
      panel.root.innerHTML = view.html;
      if (said) panel.find(".saying").textContent = said;
      if (view.running) watch("");
    }

    async function watch(name) {
      const reply = await panels.watch(
        () => panel.call("model_progress", { name }), panel.find(".outcome"));
      if (reply.state === "done") await refresh(reply.said);
    }

    panel.root.addEventListener("input", (event) => {
      if (event.target.type === "range") {
        event.target.nextElementSibling.value = Number(event.target.value).toFixed(2);
      }
    });
    panel.root.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = panel.find(".saying");
      const buttons = event.target.querySelectorAll("button");
      buttons.forEach((button) => { button.disabled = true; });
      said.textContent = "…";
      const reply = await panel.call("settings_apply", {
        values: Object.fromEntries(new FormData(event.target)),
        save: event.submitter?.dataset.save === "yes",
      });
      buttons.forEach((button) => { button.disabled = false; });
      if (reply.error) panels.problem(said, reply.error);
      else await refresh(reply.said);
    });
    panel.root.addEventListener("click", async (event) => {
      const button = event.target.closest("button[data-do]");
      if (!button) return;
      if (button.dataset.do === "cancel") await panel.call("model_cancel");
      if (button.dataset.do === "download") {
        const name = button.dataset.name;
        const reply = await panel.call("model_download", { name });
        if (reply.error) panels.problem(panel.find(".outcome"), reply.error);
        else await watch(name);
      }
    });
    refresh("");
  };
})();
