// Quality: a question set is asked, its report shown in a sandbox; questions are drafted.
(function () {
  "use strict";
  const panels = (window.verbatimPanels = window.verbatimPanels || {});

  panels.quality = function (element, server) {
    const panel = panels.open(element, server);
    const made = { report: null, draft: null };
    const outcome = (of) => panel.find(`[data-of=${of}]`);

    async function evaluated() {
      made.report = await panels.watch(() => panel.call("quality_progress"), outcome("run"));
    }

    async function drafted() {
      made.draft = await panels.watch(() => panel.call("draft_progress"), outcome("draft"));
    }

    async function start(name, given, of, watch) {
      const reply = await panel.call(name, given);
      if (reply.error) panels.problem(outcome(of), reply.error);
      else await watch();
    }

    async function run(form) {
      const file = panel.find("#question-set").files[0];
      const most = Number(panel.texts.mostMiB);
      if (file && file.size > most * 1048576) {
        const mib = (file.size / 1048576).toFixed(1);
        panels.problem(outcome("run"), panels.fill(panel.texts.tooLarge, { mib, limit: most }));
        return;
      }
      const given = { path: new FormData(form).get("path") };
      if (file) {
        try {
          // file.text() would put marks in the place of what is not UTF-8, and nobody would know.
          given.text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
        } catch {
          panels.problem(outcome("run"), panel.texts.notUtf8);
          return;
        }
        given.name = file.name;
        delete given.path;
      }
      await start("quality_run", given, "run", evaluated);
    }

    panel.root.addEventListener("change", (event) => {
      if (event.target.type !== "file") return;
      panel.find("output").value = event.target.files[0]?.name || "";
    });
    panel.root.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target.dataset.do === "run") run(event.target);
      else start("quality_draft", { count: new FormData(event.target).get("count") }, "draft", drafted);
    });
    panel.root.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-do]");
      if (!button) return;
      const { do: what } = button.dataset;
      if (what === "cancel") {
        const of = button.closest("[data-of]").dataset.of;
        panel.call(of === "run" ? "quality_cancel" : "draft_cancel");
      }
      if (what === "save-report") panels.save(made.report.file, made.report.report, "text/html");
      if (what === "save-draft") panels.save("questions.jsonl", made.draft.lines, "application/jsonl");
    });

    panel.call("quality_view").then((view) => {
      panel.root.innerHTML = view.html || "";
      if (view.error) panels.problem(panel.root, view.error);
      if (view.evaluating) evaluated();
      if (view.drafting) drafted();
    });
  };
})();
