// Reviewing without losing one's place: a comment opens beside its line, and what is typed survives a page change.
// Everything works without this; line numbers are links then, and the page comes back with the form open.
(() => {
  "use strict";

  const keep = (field, key) => {
    try {
      if (!field.value) field.value = sessionStorage.getItem(key) || "";
      field.addEventListener("input", () => {
        if (field.value) sessionStorage.setItem(key, field.value);
        else sessionStorage.removeItem(key);
      });
      // A decision takes the comments along; a comment leaves what else is typed where it is.
      field.form.addEventListener("submit", ({ submitter }) => {
        const sent = submitter?.closest(".remark-form")?.querySelector("textarea");
        if (field.isConnected && (!sent || sent === field)) sessionStorage.removeItem(key);
      });
    } catch {
      // Without storage it lasts as long as the page.
    }
  };

  const reason = document.getElementById("id_reason");
  if (reason) keep(reason, `reason.${reason.dataset.keep}`);

  const remarkKey = (field, line) => `remark.${field.dataset.remark}.${line}`;
  const keepRemark = (form) => {
    const field = form.querySelector("textarea");
    keep(field, remarkKey(field, form.querySelector("[name=line]")?.value ?? "whole"));
  };
  document.querySelectorAll(".remark-form").forEach(keepRemark);

  // A decision for later says so on its button and its summary.
  const at = document.getElementById("id_publish_at");
  const again = document.getElementById("id_review_by");
  if (at && again) {
    const how = document.querySelector(".decide-how");
    const summary = document.querySelector(".decide-when > summary");
    const day = (value, options) => new Date(value).toLocaleString("en-GB", options);
    const tell = () => {
      const time = { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
      const live = at.value ? `Live on ${day(at.value, time)}` : "Live at once";
      const next = again.value ? day(again.value, { month: "long", year: "numeric" }) : "";
      how.textContent = at.value ? " for later" : " and publish";
      summary.textContent = next ? `${live}, next review in ${next}` : live;
    };
    at.addEventListener("input", tell);
    again.addEventListener("input", tell);
    tell();
  }

  // A comment opens where it belongs. One form at a time; its line's number takes the focus back.
  const template = document.getElementById("comment-template");
  const close = () => {
    const open = document.getElementById("comment");
    if (!open) return;
    const row = open.closest(".diff-remarks");
    (row && !row.querySelector(".remark") ? row : open).remove();
  };
  const openAt = (link) => {
    close();
    const form = template.content.firstElementChild.cloneNode(true);
    form.querySelector("[name=line]").value = link.dataset.line;
    form.querySelector("[data-number]").textContent = link.dataset.line;
    form.querySelector("[data-cancel]").hash = `line-${link.dataset.line}`;
    const line = link.closest(".diff-line");
    let row = line.nextElementSibling;
    if (!row?.classList.contains("diff-remarks")) {
      row = document.createElement("li");
      row.className = "diff-remarks";
      line.after(row);
    }
    row.append(form);
    keepRemark(form);
    return form.querySelector("textarea");
  };
  document.addEventListener("click", (event) => {
    const cancel = event.target.closest?.("[data-cancel]");
    if (cancel) {
      event.preventDefault();
      const form = cancel.closest(".remark-form");
      const line = form.querySelector("[name=line]").value;
      try {
        sessionStorage.removeItem(remarkKey(form.querySelector("textarea"), line));
      } catch {
        // Nothing was kept, then.
      }
      close();
      document.querySelector(`[data-line="${line}"]`)?.focus();
      return;
    }
    const link = event.target.closest?.("[data-line]");
    if (!link || !template || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openAt(link).focus();
  });

  // Half a comment on a line stands there again when one comes back.
  const prefix = template && remarkKey(template.content.querySelector("textarea"), "");
  const begun = () => {
    try {
      return Object.keys(sessionStorage).filter((key) => key.startsWith(prefix) && key !== `${prefix}whole`);
    } catch {
      return [];
    }
  };
  if (template && !document.getElementById("comment")) {
    const lines = begun().map((key) => document.querySelector(`a[data-line="${key.slice(prefix.length)}"]`));
    const link = lines.find(Boolean);
    if (link) {
      openAt(link);
      const fold = link.closest("details");
      if (fold) fold.open = true;
    }
  }
})();
