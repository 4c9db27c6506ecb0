// Keys for the desk's list. Everything works without them; they rest while somebody types, and can be turned off.
(() => {
  "use strict";

  const OFF = "shortcuts-off";
  const help = document.getElementById("shortcuts");
  const rows = [...document.querySelectorAll("[data-row]")];
  const linkOf = (row) => row.querySelector(".list-title");

  // Without storage the choice lasts as long as the page.
  let off = false;
  try {
    off = localStorage.getItem(OFF) === "yes";
  } catch {
    // They are on, then.
  }

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
  const label = () => {
    help.querySelector("[data-switch]").textContent = off ? "Turn shortcuts on" : "Turn shortcuts off";
  };

  const types = (target) =>
    target.isContentEditable || target.matches?.("textarea, select, input:not([type=checkbox], [type=radio])");

  // Where the focus is, or where it was last: whoever comes back from a box goes on from there.
  let last = -1;
  document.addEventListener("focusin", (event) => {
    const at = rows.indexOf(event.target.closest?.("[data-row]"));
    if (at >= 0) last = at;
  });
  const go = (by) => {
    const row = rows[Math.min(Math.max(last + by, 0), rows.length - 1)];
    if (!row) return;
    linkOf(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const KEYS = {
    j: () => go(1),
    k: () => go(-1),
    x: () => rows[last]?.querySelector("[name=ticket]").click(),
    b: () => document.getElementById("bulk-action")?.focus(),
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (off || help.open || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (types(event.target) || !Object.hasOwn(KEYS, event.key)) return;
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
