// The library: files dropped or chosen, folders by path, the table of documents.
(function () {
  "use strict";
  const panels = (window.verbatimPanels = window.verbatimPanels || {});

  panels.library = function (element, server, upload) {
    const panel = panels.open(element, server);
    let limits = { maxBytes: Infinity, maxFiles: Infinity };
    const outcome = () => panel.find(".outcome");

    async function refresh(keep) {
      const shown = keep && outcome() ? outcome().innerHTML : "";
      const filter = panel.find("[data-filter]")?.value || "";
      const view = await panel.call("library_view");
      if (view.error) {
        panels.problem(panel.root, view.error);
        return;
      }
      limits = view;
      panel.root.innerHTML = view.html;
      outcome().innerHTML = shown;
      if (filter && panel.find("[data-filter]")) {
        panel.find("[data-filter]").value = filter;
        applyFilter(filter);
      }
      if (view.running) watch();
    }

    async function watch() {
      const reply = await panels.watch(() => panel.call("library_progress"), outcome());
      if (reply.state) await refresh(true);
    }

    async function start(name, given) {
      const reply = await panel.call(name, given);
      if (reply.error) panels.problem(outcome(), reply.error);
      else await watch();
    }

    function objection(files) {
      if (files.length > limits.maxFiles) {
        return panels.fill(panel.texts.tooMany, { count: files.length, limit: limits.maxFiles });
      }
      const large = files.find((file) => file.size > limits.maxBytes);
      if (!large) return "";
      return panels.fill(panel.texts.tooLarge, {
        name: large.name,
        mib: (large.size / 1048576).toFixed(1),
        limit: Math.round(limits.maxBytes / 1048576),
      });
    }

    async function add(files) {
      const reason = objection(files);
      if (reason) {
        panels.problem(outcome(), reason);
        return;
      }
      const paths = [];
      for (const file of files) {
        const note = document.createElement("p");
        note.className = "note";
        note.setAttribute("role", "status");
        note.textContent = panels.fill(panel.texts.uploading, { name: file.name });
        outcome().replaceChildren(note);
        try {
          paths.push((await upload(file)).path);
        } catch (error) {
          panels.problem(outcome(), `${file.name}: ${error.message || error}`);
          return;
        }
      }
      if (paths.length) await start("library_add", { files: paths });
    }

    function applyFilter(words) {
      panel.root.querySelectorAll("[data-row]").forEach((row) => {
        row.hidden = !row.dataset.row.includes(words.trim().toLowerCase());
      });
    }

    panel.root.addEventListener("input", (event) => {
      if (event.target.matches("[data-filter]")) applyFilter(event.target.value);
    });
    panel.root.addEventListener("change", (event) => {
      if (event.target.matches("input[type=file]")) add([...event.target.files]);
    });
    panel.root.addEventListener("submit", (event) => {
      event.preventDefault();
      start("library_folder", { path: new FormData(event.target).get("path") });
    });
    panel.root.addEventListener("click", async (event) => {
      const button = event.target.closest("button[data-do]");
      if (!button) return;
      const { do: what, name, sure } = button.dataset;
      if (what === "cancel") await panel.call("library_cancel");
      if (what === "again") await start("library_again", { name });
      if (what === "remove" && (await panels.sure(sure, panel.texts.yes, panel.texts.no))) {
        const reply = await panel.call("library_remove", { name });
        if (reply.error) panels.problem(outcome(), reply.error);
        else await refresh(false);
      }
    });
    const drops = (event) => event.target.closest?.(".drop");
    for (const kind of ["dragenter", "dragover"]) {
      panel.root.addEventListener(kind, (event) => {
        if (!drops(event)) return;
        event.preventDefault();
        drops(event).classList.add("over");
      });
    }
    panel.root.addEventListener("dragleave", (event) => drops(event)?.classList.remove("over"));
    panel.root.addEventListener("drop", (event) => {
      if (!drops(event)) return;
      event.preventDefault();
      drops(event).classList.remove("over");
      add([...event.dataTransfer.files]);
    });
    refresh(false);
  };
})();
