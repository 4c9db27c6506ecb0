// Copy buttons on code, and steps that can be ticked off. Ticks stay in this tab only (sessionStorage).
(() => {
  "use strict";

  if (navigator.clipboard) {
    for (const block of document.querySelectorAll(".prose .highlight")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-copy";
      button.textContent = "Copy";
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(block.querySelector("code").textContent.replace(/\n$/, ""));
          button.textContent = "Copied";
        } catch {
          button.textContent = "Not copied";
        }
        setTimeout(() => (button.textContent = "Copy"), 2000);
      });
      block.append(button);
    }
  }

  const prose = document.querySelector(".prose[data-steps]");
  if (!prose) return;
  const key = `steps.${prose.dataset.steps}`;
  let done;
  try {
    done = new Set(JSON.parse(sessionStorage.getItem(key) || "[]"));
  } catch {
    done = new Set();
  }
  const keep = () => {
    try {
      sessionStorage.setItem(key, JSON.stringify([...done]));
    } catch {
      // Without storage the ticks last as long as the page.
    }
  };

  const steps = prose.querySelectorAll(":scope > ol > li");
  steps.forEach((step, index) => {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.className = "tick";
    const number = (step.parentElement.start || 1) + [...step.parentElement.children].indexOf(step);
    box.setAttribute("aria-label", `Step ${number} done`);
    box.checked = done.has(index);
    box.addEventListener("change", () => {
      if (box.checked) done.add(index);
      else done.delete(index);
      keep();
    });
    step.classList.add("step");
    step.prepend(box);
  });

  prose.querySelectorAll(".task-item input[type='checkbox']").forEach((box, at) => {
    const index = steps.length + at;
    box.disabled = false;
    box.checked = box.checked || done.has(index);
    box.addEventListener("change", () => {
      if (box.checked) done.add(index);
      else done.delete(index);
      box.setAttribute("aria-label", box.checked ? "Done" : "To do");
      keep();
    });
  });
})();
