// Small comforts for every page. Everything works without them.
(() => {
  "use strict";

  const conversationForm = () => document.getElementById("ask-form");

  // Enter sends, Shift+Enter makes a new line; composing (Chinese, Japanese, Korean) is left alone.
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "id_text" && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      conversationForm()?.requestSubmit();
    }
    if (event.key === "Escape") {
      const menu = document.querySelector(".user-menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
  });

  document.addEventListener("click", (event) => {
    const menu = document.querySelector(".user-menu[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
    if (event.target.closest?.("a[href='#id_text']")) {
      event.preventDefault();
      document.getElementById("id_text")?.focus();
    }
  });

  const failed = (shown) => {
    const notice = document.getElementById("ask-failed");
    if (!notice) return;
    notice.hidden = !shown;
    // Whoever was signed out meanwhile comes back to what they typed.
    const link = document.getElementById("ask-sign-in");
    const typed = document.getElementById("id_text")?.value ?? "";
    link.search = `?next=${encodeURIComponent(`/?q=${encodeURIComponent(typed)}`)}`;
  };

  document.addEventListener("htmx:beforeRequest", () => failed(false));

  // Another page than the one asked for: the session ended. Showing it inside the conversation would confuse.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    if (target.id && !xhr.responseText.includes(`id="${target.id}"`)) {
      event.detail.shouldSwap = false;
      failed(true);
    }
  });
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => failed(true));
  }

  // The new answer is where reading goes on: focus tells a screen reader, scrolling tells everybody else.
  document.addEventListener("htmx:afterSwap", (event) => {
    const swapped = document.getElementById(event.detail.target?.id);
    if (swapped?.id === "ask") {
      const questions = swapped.querySelectorAll(".turn-question");
      const newest = questions[questions.length - 1];
      newest?.focus({ preventScroll: true });
      newest?.scrollIntoView({ block: "start" });
    } else if (swapped?.classList.contains("feedback")) {
      swapped.querySelector("[tabindex='-1']")?.focus({ preventScroll: true });
    }
  });
})();
