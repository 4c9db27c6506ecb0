// Comforts for the page of a ticket on the desk. Everything works without them.
(() => {
  "use strict";

  const reply = document.querySelector("#reply textarea");
  const note = document.querySelector("#note textarea");

  // --- a drafted reply goes into the box that is there, beside what was typed ---

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("[data-use-draft]");
    if (!form || !reply) return;
    event.preventDefault();
    reply.value = [reply.value.trimEnd(), form.elements.draft.value].filter(Boolean).join("\n\n");
    reply.form.elements.drafted.value = "True";
    document.getElementById("drafted").hidden = false;
    reply.focus();
    reply.scrollIntoView({ block: "center" });
  });

  // --- who else is here: the page asks by itself, and says whether somebody types ---

  const TYPING = 20_000;
  let typedAt = -TYPING;
  for (const box of [reply, note]) box?.addEventListener("input", () => (typedAt = performance.now()));
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id === "presence-form" && performance.now() - typedAt < TYPING) {
      event.detail.parameters.set?.("typing", "1");
      if (!event.detail.parameters.set) event.detail.parameters.typing = "1";
    }
  });

  // --- names after an @ in a note ---

  const colleagues = document.getElementById("colleagues");
  const begun = () => /(?:^|[\s(])@([\p{L}\p{N}._-]*)$/u.exec(note.value.slice(0, note.selectionStart));
  const offer = () => {
    const found = begun();
    let any = false;
    for (const button of colleagues.children) {
      const name = `${button.dataset.mention.slice(1)} ${button.textContent}`.toLowerCase();
      button.hidden = !found || !name.split(/[\s.]+/).some((part) => part.startsWith(found[1].toLowerCase()));
      any ||= !button.hidden;
    }
    colleagues.hidden = !any;
  };
  note?.addEventListener("input", offer);
  colleagues?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mention]");
    const found = begun();
    if (!button || !found) return;
    const at = note.selectionStart - found[1].length - 1;
    note.setRangeText(`${button.dataset.mention} `, at, note.selectionStart, "end");
    note.focus();
    offer();
  });

  // --- keys: they rest while somebody types, and can be turned off, for the list of tickets too ---

  const OFF = "shortcuts-off";
  const help = document.getElementById("shortcuts");
  // Without storage the choice lasts as long as the page.
  let off = false;
  try {
    off = localStorage.getItem(OFF) === "yes";
  } catch {
    // They are on, then.
  }
  const label = () => {
    help.querySelector("[data-switch]").textContent = off ? "Turn shortcuts on" : "Turn shortcuts off";
  };
  const turn = (to) => {
    off = to;
    try {
      if (off) localStorage.setItem(OFF, "yes");
      else localStorage.removeItem(OFF);
    } catch {
      // See above.
    }
    label();
  };

  const KEYS = {
    r: () => reply?.focus(),
    n: () => {
      document.getElementById("note").open = true;
      note.focus();
    },
    e: () => document.querySelector("#resolve fieldset")?.focus(),
    a: () => document.getElementById("assign-to-me")?.click(),
    "?": () => help.showModal(),
  };
  const types = (target) => target.isContentEditable || target.matches?.("textarea, select, input");

  document.addEventListener("keydown", (event) => {
    if (off || help.open || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.repeat || types(event.target) || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  document.getElementById("shortcuts-offer").hidden = false;
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-shortcuts]")) help.showModal();
    if (event.target.closest?.("[data-close]")) help.close();
    if (event.target.closest?.("[data-switch]")) turn(!off);
  });
  label();
})();
