// Suggestions while somebody types, below any box with data-suggest. Boxes work without them.
//
// One list a box, as WAI-ARIA's combobox has it: focus stays in the box, aria-activedescendant says what is chosen.
// Enter belongs to the box until somebody chose with the arrows. A textarea has no role of a combobox, so there the
// same attributes stand on a textbox, which may have them.
(() => {
  "use strict";

  const WAIT = 150;
  const LEAST_LETTERS = 2;
  let timer = 0;
  let request = null;

  const listOf = (box) => document.querySelector(`[data-suggestions="${box.id}"]`);
  const optionsOf = (box) => [...(listOf(box)?.querySelectorAll("[role=option]") ?? [])];
  const isOpen = (box) => listOf(box)?.hidden === false;
  const chosenOf = (box) => optionsOf(box).find((each) => each.getAttribute("aria-selected") === "true");

  const prepare = (box) => {
    if (box.hasAttribute("aria-controls")) return;
    if (box.tagName === "INPUT") box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", listOf(box).id);
    box.setAttribute("autocomplete", "off");
    expanded(box, false);
  };

  const expanded = (box, is) => {
    if (box.tagName === "INPUT") box.setAttribute("aria-expanded", String(is));
  };

  const choose = (box, option) => {
    for (const each of optionsOf(box)) each.setAttribute("aria-selected", String(each === option));
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      box.removeAttribute("aria-activedescendant");
    }
  };

  const close = (box) => {
    clearTimeout(timer);
    request?.abort();
    const list = listOf(box);
    if (!list) return;
    list.hidden = true;
    list.replaceChildren();
    document.getElementById(`${box.id}-suggested`).textContent = "";
    choose(box, null);
    expanded(box, false);
  };

  const show = (box, html) => {
    const list = listOf(box);
    if (!list) return;
    list.innerHTML = html;
    const options = optionsOf(box);
    options.forEach((each, number) => { each.id = `${list.id}-${number}`; });
    list.hidden = options.length === 0;
    expanded(box, options.length > 0);
    choose(box, null);
    const few = `${options.length} suggestion${options.length === 1 ? "" : "s"}. Choose with the arrow keys.`;
    document.getElementById(`${box.id}-suggested`).textContent = options.length ? few : "";
  };

  const look = async (box) => {
    request?.abort();
    request = new AbortController();
    const { signal } = request;
    const asked = box.value;
    try {
      const answer = await fetch(`${listOf(box).dataset.from}?q=${encodeURIComponent(asked.slice(0, 200))}`, { signal });
      // Whoever was signed out meanwhile is sent elsewhere: that is no list.
      if (!answer.ok || answer.redirected) return close(box);
      const html = await answer.text();
      if (!signal.aborted && document.activeElement === box && box.value === asked) show(box, html);
    } catch {
      // Somebody typed on, or the server can't be reached: the box works all the same.
    }
  };

  const take = (box, option) => {
    const { open, ask } = option.dataset;
    close(box);
    if (open) {
      window.location.assign(open);
      return;
    }
    const form = document.getElementById(box.dataset.suggest);
    form.elements.namedItem("text").value = ask;
    form.requestSubmit();
  };

  const KEYS = {
    ArrowDown: (box) => step(box, 1),
    ArrowUp: (box) => step(box, -1),
    Escape: (box) => { close(box); return true; },
    Tab: (box) => { close(box); return false; },
    Enter: (box) => {
      const chosen = chosenOf(box);
      if (chosen) take(box, chosen);
      else close(box);
      return Boolean(chosen);
    },
  };

  // One further, and after the last one back in the box.
  const step = (box, by) => {
    const options = [null, ...optionsOf(box)];
    const at = options.indexOf(chosenOf(box) ?? null);
    choose(box, options[(at + by + options.length) % options.length]);
    return true;
  };

  const boxOf = (event) => event.target.closest?.("[data-suggest]");

  document.addEventListener("input", (event) => {
    const box = boxOf(event);
    if (!box || !listOf(box) || event.isComposing) return;
    prepare(box);
    clearTimeout(timer);
    if (box.value.trim().length < LEAST_LETTERS) close(box);
    else timer = setTimeout(look, WAIT, box);
  });

  // Before the box's own Enter, and before the page's Escape.
  document.addEventListener("keydown", (event) => {
    const box = boxOf(event);
    if (!box || !isOpen(box) || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (KEYS[event.key]?.(box)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  // The box keeps the focus while somebody points at an option.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest?.("[data-suggestions]")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest?.("[data-suggestions] [role=option]");
    const box = option && document.getElementById(option.parentElement.dataset.suggestions);
    if (box) take(box, option);
  });

  document.addEventListener("focusout", (event) => {
    const box = boxOf(event);
    if (box && listOf(box)) close(box);
  });
  document.addEventListener("focusin", (event) => {
    const box = boxOf(event);
    if (box && listOf(box)) prepare(box);
  });
  document.addEventListener("submit", () => {
    for (const box of document.querySelectorAll("[data-suggest]")) close(box);
  });
})();
