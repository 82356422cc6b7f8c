// The switch of collections in the page's head, and making, renaming and deleting them in the library.
(function () {
  "use strict";
  const panels = (window.verbatimPanels = window.verbatimPanels || {});

  function go(name, opened) {
    const address = new URL(location.href);
    if (name && name !== opened) address.searchParams.set("collection", name);
    else address.searchParams.delete("collection");
    location.assign(address);
  }

  panels.masthead = async function (element, server) {
    // Another language keeps the collection.
    element.querySelectorAll("nav a").forEach((link) => {
      link.href = link.getAttribute("href") + location.search;
    });
    const reply = await server.collection_names({ collection: panels.collection() });
    const place = element.querySelector(".switch");
    if (reply.error || !place) return;
    const select = place.querySelector("select");
    select.replaceChildren(
      ...reply.names.map((entry) => new Option(entry.title, entry.name, false, entry.chosen)),
    );
    select.onchange = () => go(select.value, reply.opened);
    place.hidden = reply.names.length < 2;
  };

  panels.collections = async function (element, server) {
    const panel = panels.open(element, server);
    const view = await panel.call("collections_view");
    panel.root.innerHTML = view.html || "";
    const outcome = panel.find(".outcome");
    if (view.error) panels.problem(panel.root, view.error);

    panel.root.addEventListener("submit", async (event) => {
      event.preventDefault();
      const reply = await panel.call(`collections_${event.target.dataset.do}`, {
        name: new FormData(event.target).get("name"),
      });
      if (reply.error) panels.problem(outcome, reply.error);
      else go(reply.name, view.opened);
    });
    panel.root.addEventListener("click", async (event) => {
      const button = event.target.closest("[data-do=delete]");
      if (!button || !(await panels.sure(button.dataset.sure, panel.texts.yes, panel.texts.no))) return;
      const reply = await panel.call("collections_delete");
      if (reply.error) panels.problem(outcome, reply.error);
      else go("", view.opened);
    });
  };
})();
