// The editor's comforts: what is typed is kept (here and on the server), pictures can be dropped, links be picked.
// Without it the page has buttons for all of this.
(() => {
  "use strict";

  const form = document.getElementById("write-form");
  if (!form) return;
  const body = document.getElementById("id_body");
  const version = document.getElementById("id_version");
  const status = document.getElementById("kept");
  const words = ["title", "summary", "body", "change_note"];
  const key = form.dataset.key;
  const PAUSE = 1200;
  const KEPT_FOR = 30 * 24 * 3600 * 1000;

  const say = (text, isBad = false) => {
    status.textContent = text;
    status.classList.toggle("overdue", isBad);
  };
  const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const typed = () => Object.fromEntries(words.map((name) => [name, form.elements[name].value]));
  const same = (one, other) => words.every((name) => one[name] === other[name]);

  document.querySelectorAll("[data-replaced]").forEach((button) => (button.hidden = true));
  document.querySelectorAll("[data-without-script]").forEach((text) => (text.hidden = true));
  document.querySelectorAll("[data-with-script]").forEach((text) => (text.hidden = false));

  // --- what this browser keeps, in case the tab is closed or the network is gone ---
  const local = {
    read() {
      try {
        const found = JSON.parse(localStorage.getItem(key));
        return found && Date.now() - found.at < KEPT_FOR ? found : null;
      } catch {
        return null;
      }
    },
    write(isSent = false) {
      try {
        const kept = { ...typed(), version: version.value, at: Date.now(), isSent };
        localStorage.setItem(key, JSON.stringify(kept));
      } catch {
        // Full or forbidden: the server keeps the text all the same.
      }
    },
    drop() {
      try {
        localStorage.removeItem(key);
      } catch {
        // Nothing was kept, then.
      }
    },
    // What was sent has arrived when another page of the editor opens an hour later; nobody comes back for a month.
    tidy() {
      try {
        for (const each of Object.keys(localStorage).filter((name) => name.startsWith("write."))) {
          const { at, isSent } = JSON.parse(localStorage.getItem(each)) ?? {};
          if (!(Date.now() - at < (isSent ? 3_600_000 : KEPT_FOR))) localStorage.removeItem(each);
        }
      } catch {
        // Then it stays.
      }
    },
  };

  const put = (values) => words.forEach((name) => (form.elements[name].value = values[name] ?? ""));

  const recover = () => {
    const found = local.read();
    const now = typed();
    if (words.some((name) => now[name] !== form.elements[name].defaultValue)) {
      changed(); // typed before this script was there
      return;
    }
    if (!found || same(found, now) || document.getElementById("problems")) return;
    const notice = document.getElementById("recovered");
    const undo = document.getElementById("recovered-undo");
    const isLast = found.version === version.value;
    let shown = isLast;
    const tell = () => {
      const when = `${new Date(found.at).toLocaleDateString("en-GB", { day: "numeric", month: "long" })} at ${clock(found.at)}`;
      document.getElementById("recovered-words").textContent = shown
        ? `Recovered what you typed on ${when}.`
        : `This browser kept another text, typed on ${when}. You have saved since, elsewhere.`;
      undo.textContent = shown ? "Show what was saved instead" : "Show what this browser kept";
    };
    if (shown) put(found);
    tell();
    notice.hidden = false;
    undo.addEventListener("click", () => {
      shown = !shown;
      put(shown ? found : now);
      tell();
      changed();
    });
    if (shown) changed();
  };

  // --- keeping it on the server ---
  let timer = 0;
  let sending = null;
  let isDirty = false;
  let isStopped = false;

  const send = async () => {
    clearTimeout(timer);
    if (sending || isStopped || !isDirty) return sending;
    isDirty = false;
    const given = new FormData(form);
    given.delete("picture"); // goes its own way
    const data = new URLSearchParams(given);
    sending = (async () => {
      try {
        const response = await fetch(form.dataset.autosave, {
          method: "POST",
          body: data,
          redirect: "manual",
          credentials: "same-origin",
        });
        await answered(response);
      } catch {
        isDirty = true;
        say("No connection. Your text is kept in this browser.", true);
        timer = setTimeout(send, 10_000);
      }
    })();
    await sending;
    sending = null;
    if (isDirty && !isStopped) later();
  };

  const answered = async (response) => {
    if (response.status === 204) {
      version.value = response.headers.get("X-Version");
      if (isDirty) local.write();
      else local.drop();
      const meanwhile = decodeURIComponent(response.headers.get("X-Meanwhile") ?? "");
      say(`Kept ${clock(Date.now())}. ${meanwhile || "Only you see it."}`, Boolean(meanwhile));
    } else if (response.status === 409) {
      isStopped = true;
      local.write();
      say(await response.text(), true);
    } else if (response.status === 422) {
      say(await response.text(), true);
    } else {
      isDirty = true;
      say("Not kept on the site: you may have been signed out. Your text is kept in this browser.", true);
      timer = setTimeout(send, 30_000);
    }
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  };

  let typedTimer = 0;
  let whileTimer = 0;
  const changed = () => {
    isDirty = true;
    local.write();
    later();
    // The preview follows quickly, the checklist and the similar articles when the typing pauses.
    clearTimeout(typedTimer);
    clearTimeout(whileTimer);
    typedTimer = setTimeout(() => document.body.dispatchEvent(new Event("typed")), 500);
    whileTimer = setTimeout(() => document.body.dispatchEvent(new Event("typed-a-while")), 2500);
  };

  form.addEventListener("input", (event) => {
    if (event.target.id !== "id_picture_alt") changed();
  });
  form.addEventListener("change", (event) => {
    if (event.target.id !== "id_picture_alt") changed();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") send();
  });

  // A button waits for what is being kept at this moment, or the page would call it another tab's.
  form.addEventListener("submit", async (event) => {
    if (!sending) {
      isStopped = true;
      clearTimeout(timer);
      local.write(true);
      return;
    }
    event.preventDefault();
    const { submitter } = event;
    await sending;
    isStopped = true;
    clearTimeout(timer);
    form.requestSubmit(submitter);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  // --- into the text, where the cursor stands ---
  const insert = (text) => {
    body.focus();
    const at = body.selectionStart;
    // Undo keeps working with this one; where it is gone, the text is set the plain way.
    if (!document.execCommand?.("insertText", false, text)) {
      body.setRangeText(text, at, body.selectionEnd, "end");
      changed();
    }
    return at;
  };

  const goTo = (line) => {
    const before = body.value.split("\n").slice(0, line - 1).join("\n").length;
    const start = line > 1 ? before + 1 : 0;
    const stop = body.value.indexOf("\n", start);
    body.focus();
    body.setSelectionRange(start, stop < 0 ? body.value.length : stop);
    // Browsers scroll to a caret that types, not to one that is set: a line is about as high as its share of all.
    const share = start / Math.max(1, body.value.length);
    body.scrollTop = Math.max(0, share * body.scrollHeight - body.clientHeight / 2);
    body.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    const line = event.target.closest?.("[data-line]");
    if (line) {
      event.preventDefault();
      goTo(Number(line.dataset.line));
    }
    const link = event.target.closest?.("[data-insert]");
    if (link) insert(link.dataset.insert);
  });

  // --- pictures: pasted, dropped or chosen ---
  const problem = document.getElementById("picture-problem");
  const altPanel = document.getElementById("picture-alt");
  const altInput = document.getElementById("id_picture_alt");
  const ASKED = "describe the picture";
  let pending = null;

  const complain = (text) => {
    problem.textContent = text;
    problem.hidden = !text;
    if (text) document.getElementById("picture-panel").open = true;
  };

  const upload = async (file, alt = "") => {
    complain("");
    const data = new FormData();
    data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    data.append("picture", file, file.name || "pasted.png");
    say("Adding the picture…");
    try {
      const response = await fetch(form.dataset.upload, {
        method: "POST",
        body: data,
        headers: { Accept: "application/json" },
        redirect: "manual",
        credentials: "same-origin",
      });
      if (!response.ok && response.status !== 422) throw new Error(String(response.status));
      const told = await response.json();
      say("");
      if (told.problem) complain(told.problem);
      else place(told.url, alt);
    } catch {
      say("");
      complain("The picture could not be sent. Check the connection, and that you are signed in, then try again.");
    }
  };

  const place = (url, alt) => {
    const clean = alt.replace(/\s+/g, " ").trim().replace(/[\\[\]]/g, "\\$&");
    const mark = `![${clean || ASKED}](${url})`;
    insert(mark);
    if (clean) return;
    pending = url;
    altPanel.hidden = false;
    altInput.value = "";
    altInput.focus();
  };

  const describe = () => {
    const clean = altInput.value.replace(/\s+/g, " ").trim().replace(/[\\[\]]/g, "\\$&");
    const start = pending ? body.value.indexOf(`![${ASKED}](${pending})`) : -1;
    if (clean && start >= 0) {
      body.setRangeText(clean, start + 2, start + 2 + ASKED.length, "end");
      changed();
    }
    const mark = `![${clean || ASKED}](${pending})`;
    const stop = start >= 0 ? start + mark.length : body.selectionEnd;
    pending = null;
    altPanel.hidden = true;
    body.focus();
    body.setSelectionRange(stop, stop);
  };
  document.getElementById("picture-alt-done").addEventListener("click", describe);
  altInput.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      describe();
    }
  });

  const pictures = (transfer) => [...(transfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
  body.addEventListener("paste", (event) => {
    const [picture] = pictures(event.clipboardData);
    // A spreadsheet puts a picture of its cells beside their text: the text is what is meant.
    if (!picture || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    upload(picture);
  });
  body.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  body.addEventListener("drop", (event) => {
    const found = pictures(event.dataTransfer);
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    if (found.length) upload(found[0]);
    else complain("Only pictures can be dropped here.");
  });
  // These two buttons send the whole page where there is no script; here they stay on it.
  const pictureInput = document.getElementById("id_picture");
  const pictureAlt = document.getElementById("id_alt");
  const addButton = document.getElementById("picture-add");
  const findButton = document.getElementById("find-links");
  addButton.type = findButton.type = "button";
  addButton.addEventListener("click", () => {
    if (!pictureInput.files.length) {
      complain("Choose a picture first.");
      return;
    }
    upload(pictureInput.files[0], pictureAlt.value);
    pictureInput.value = pictureAlt.value = "";
  });
  for (const [field, button] of [[pictureAlt, addButton], [document.getElementById("id_q"), findButton]]) {
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        button.click();
      }
    });
  }

  local.tidy();
  recover();
  document.getElementById("problems")?.focus();
})();
