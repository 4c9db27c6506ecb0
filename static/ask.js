// Has the newest answer worded by the site's language model, and shows each sentence as it comes. Without this script
// a button does the same.
(() => {
  "use strict";

  const begun = new WeakSet();

  const waiting = () => {
    const box = document.createElement("div");
    box.className = "wording";
    box.innerHTML = '<p class="wording-waiting" role="status">Putting it in a few sentences…</p><ol class="wording-sentences" role="list"></ol>';
    return box;
  };

  // What has arrived of a line-by-line answer, called with each whole line.
  const eachLine = async (response, tell) => {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (held + value).split("\n");
      held = lines.pop();
      for (const line of lines) tell(JSON.parse(line));
    }
  };

  const word = async (form) => {
    begun.add(form);
    const box = waiting();
    form.replaceWith(box);
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/x-ndjson" },
        redirect: "error",
      });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      await eachLine(response, ({ sentence, html }) => {
        if (sentence) {
          const item = document.createElement("li");
          item.textContent = sentence;
          box.querySelector("ol").append(item);
        } else {
          box.outerHTML = html;
        }
      });
      box.remove();
    } catch {
      box.remove(); // the quotes are the answer
    }
  };

  const wordTheNewest = () => {
    const turns = document.querySelectorAll("#conversation .turn");
    const form = turns[turns.length - 1]?.querySelector(".wording-ask");
    if (form && !begun.has(form)) word(form);
  };

  document.addEventListener("submit", (event) => {
    if (event.target.matches?.(".wording-ask")) {
      event.preventDefault();
      word(event.target);
    }
  });
  document.addEventListener("htmx:afterSwap", wordTheNewest);
  document.addEventListener("DOMContentLoaded", wordTheNewest);
})();
